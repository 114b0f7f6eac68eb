using static Dex.Tests.Environments.DiagnosisCluster;

namespace Dex.Tests.Environments;

/// <summary>Containers that run and are asked in vain.</summary>
public sealed class DiagnosisProbeTests(DiagnosisCluster cluster) : IClassFixture<DiagnosisCluster>
{
    const string Startup = "startupProbe: { tcpSocket: { port: http }, periodSeconds: 1, failureThreshold: 4 }, ports: [{ name: http, containerPort: 8080 }]";
    const string Server = "command: [perl, /app/server.pl]";
    static readonly int OtherPort = LoopbackPort.Free();
    static readonly DiagnosisCases Cases = new()
    {
        { "silent", Script("echo started; sleep 600", Startup) },
        { "other port", Web($"{Server}, env: [{{ name: PORT, value: '8080' }}, {{ name: LISTEN, value: '{OtherPort}' }}], {Startup}") },
        { "startup", Web(Failing("startupProbe: { httpGet: { path: /health, port: http }, periodSeconds: 1, failureThreshold: 3 }")) },
        { "readiness", Web(Failing("readinessProbe: { httpGet: { path: /health, port: http }, periodSeconds: 1 }")), 15 },
        { "other readiness", Script("sleep 600", "readinessProbe: { exec: { command: [sh, -c, 'echo still warming up; exit 1'] }, periodSeconds: 1 }"), 15 },
    };

    [Fact]
    public async Task A_program_that_never_listens_is_told_so_when_its_time_to_start_is_over()
    {
        var found = await cluster.FailAsync(Cases, "silent");

        Assert.Equal("DEX3312", found.Code);
        Assert.Equal("started", found.Details[^1]);
    }

    [Fact]
    public async Task A_program_on_another_port_is_told_which()
    {
        NeedsServer();
        var found = await cluster.FailAsync(Cases, "other port");

        Assert.Equal("DEX3311", found.Code);
        Assert.Contains(found.Details, line => line.Contains($"listens on {OtherPort}"));
    }

    [Fact]
    public async Task A_startup_probe_that_never_passes_is_told_with_its_answer()
    {
        NeedsServer();
        var found = await cluster.FailAsync(Cases, "startup");

        Assert.Equal("DEX3314", found.Code);
        Assert.Contains(found.Details, line => line.Contains("503"));
    }

    [Fact]
    public async Task A_readiness_probe_is_told_with_its_http_status()
    {
        NeedsServer();
        var found = await cluster.FailAsync(Cases, "readiness");

        Assert.Equal("DEX3313", found.Code);
        Assert.StartsWith("`Deployment/web` answers its readiness probe with HTTP 503", found.Title);
        Assert.Equal("up", found.Details[^1]);
    }

    [Fact]
    public async Task Any_other_probe_is_told_with_its_own_words()
    {
        var found = await cluster.FailAsync(Cases, "other readiness");

        Assert.Equal("DEX3107", found.Code);
        Assert.Contains(found.Details, line => line.Contains("still warming up"));
    }

    [Fact]
    public async Task A_probe_that_passes_in_the_end_does_not_end_the_wait()
    {
        NeedsServer();
        var patient = Startup.Replace("failureThreshold: 4", "failureThreshold: 60", StringComparison.Ordinal);
        var result = await cluster.DeployAsync(Web($"command: [sh, -c, 'sleep 2; exec perl /app/server.pl'], env: [{{ name: PORT, value: '8080' }}], {patient}"));

        Assert.True(result.Ready);
    }

    static string Failing(string probe) => $"{Server}, env: [{{ name: PORT, value: '8080' }}, {{ name: FAIL, value: /bin/sh }}], ports: [{{ name: http, containerPort: 8080 }}], {probe}";

    static void NeedsServer() => Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
}
