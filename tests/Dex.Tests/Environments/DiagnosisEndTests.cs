using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using static Dex.Tests.Environments.DiagnosisCluster;

namespace Dex.Tests.Environments;

/// <summary>Containers that run and end.</summary>
public sealed class DiagnosisEndTests(DiagnosisCluster cluster) : IClassFixture<DiagnosisCluster>
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    static readonly DiagnosisCases Cases = new()
    {
        { "crash", Script("echo connecting; echo cannot reach the database >&2; exit 3") },
        { "traceback", Script("printf 'Traceback:\\n  File \"app.py\"\\n\\nError: nothing\\n' >&2; exit 1", "terminationMessagePolicy: FallbackToLogsOnError") },
        { "ends well", Script("echo migrated; exit 0") },
        {
            "secret",
            Script("echo password $PASSWORD is wrong; exit 1", "env: [{ name: PASSWORD, valueFrom: { secretKeyRef: { name: db, key: password } } }]") + """

            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: db }
            stringData: { password: swordfish-9 }
            """
        },
        { "init", Script("sleep 600", pod: "initContainers: [{ name: migrate, image: IMAGE, args: ['echo no schema; exit 4'] }],") },
        {
            "liveness",
            Script("echo up; trap \"exit 0\" TERM; while :; do sleep 0.1; done", "livenessProbe: { exec: { command: [sh, -c, 'echo queue is stuck; exit 1'] }, periodSeconds: 1, failureThreshold: 1 }")
        },
        {
            "job", """
            apiVersion: batch/v1
            kind: Job
            metadata: { name: migrate }
            spec: { backoffLimit: 0, template: { spec: { restartPolicy: Never, containers: [{ name: migrate, image: IMAGE, args: ['echo table is locked; exit 5'] }] } } }
            """
        },
        {
            "slow job", """
            apiVersion: batch/v1
            kind: Job
            metadata: { name: migrate }
            spec: { activeDeadlineSeconds: 1, template: { spec: { terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{ name: migrate, image: IMAGE, args: ['sleep 600'] }] } } }
            """
        },
    };

    [Fact]
    public async Task A_crash_on_start_is_told_with_exit_code_and_last_words()
    {
        var found = await cluster.FailAsync(Cases, "crash");

        Assert.Equal("DEX3101", found.Code);
        Assert.Equal("`Deployment/web` ends with exit code 3", found.Title);
        Assert.Equal("its last lines:", found.Details[^3]);
        Assert.Equal(["cannot reach the database", "connecting"], found.Details.TakeLast(2).Order(StringComparer.Ordinal));
        Assert.Matches("^pod web-[^,]+, restarted 2 times$", found.Details[0]);
    }

    [Fact]
    public async Task A_traceback_is_shown_once_and_as_it_was_printed()
    {
        var found = await cluster.FailAsync(Cases, "traceback");

        Assert.Equal(["its last lines:", "Traceback:", "  File \"app.py\"", "Error: nothing"], found.Details.Skip(1));
    }

    [Fact]
    public async Task A_service_that_ends_well_is_told_that_it_must_run_on()
    {
        var found = await cluster.FailAsync(Cases, "ends well");

        Assert.Equal("DEX3301", found.Code);
        Assert.Equal("migrated", found.Details[^1]);
    }

    [Fact]
    public async Task The_last_words_do_not_tell_the_secrets_that_they_hold() =>
        Assert.Equal("password *** is wrong", (await cluster.FailAsync(Cases, "secret")).Details[^1]);

    [Fact]
    public async Task An_init_container_that_fails_is_named()
    {
        var found = await cluster.FailAsync(Cases, "init");

        Assert.Equal("DEX3315", found.Code);
        Assert.Equal("the init container `migrate` of `Deployment/web` ends with exit code 4", found.Title);
        Assert.Equal("no schema", found.Details[^1]);
    }

    [Fact]
    public async Task A_container_that_its_liveness_probe_kills_is_told_with_the_probes_last_failure()
    {
        var found = await cluster.FailAsync(Cases, "liveness");

        Assert.Equal("DEX3300", found.Code);
        Assert.Contains(found.Details, line => line.Contains("queue is stuck"));
    }

    [Fact]
    public async Task A_job_without_tries_left_is_told_with_the_last_words_of_its_pod()
    {
        var found = await cluster.FailAsync(Cases, "job");

        Assert.Equal("DEX3101", found.Code);
        Assert.Equal("`Job/migrate` ends with exit code 5", found.Title);
        Assert.Equal("table is locked", found.Details[^1]);
    }

    [Fact]
    public async Task A_job_whose_pod_was_taken_away_is_told_so_although_no_pod_can_say_why()
    {
        var deploying = cluster.DeployAsync("""
            apiVersion: batch/v1
            kind: Job
            metadata: { name: evicted }
            spec: { backoffLimit: 0, template: { spec: { terminationGracePeriodSeconds: 0, restartPolicy: Never, containers: [{ name: main, image: IMAGE, args: ['sleep 600'] }] } } }
            """);
        JsonObject? pod = null;
        while (pod is null)
        {
            Assert.False(deploying.IsCompleted, "it ended before its pod ran");
            await Task.Delay(20, TestContext.Current.CancellationToken);
            pod = (await cluster.Client.ListAsync(Pods, null, new Selection { Labels = "job-name=evicted" }, TestContext.Current.CancellationToken)).Items.SingleOrDefault(found => found.Text("status", "phase") == "Running");
        }

        await cluster.Client.DeleteAsync(Pods, pod.Namespace(), pod.Name(), TestContext.Current.CancellationToken);
        var found = Assert.Single((await Assert.ThrowsAsync<DeployFailedException>(() => deploying)).Diagnostics);

        Assert.Equal("DEX3110", found.Code);
        Assert.StartsWith("`Job/evicted` failed: ", found.Title);
    }

    [Fact]
    public async Task A_job_that_does_not_end_in_time_is_told_so() => Assert.Equal("DEX3318", (await cluster.FailAsync(Cases, "slow job")).Code);

    [Fact]
    public async Task A_crash_that_passes_does_not_end_the_wait()
    {
        var result = await cluster.DeployAsync(Script(
            "if [ -e /data/once ]; then exec sleep 600; fi; touch /data/once; exit 1", "volumeMounts: [{ name: data, mountPath: /data }]", "volumes: [{ name: data, emptyDir: {} }],"));

        Assert.True(result.Ready);
    }
}
