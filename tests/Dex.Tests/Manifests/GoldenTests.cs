using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

public sealed class GoldenTests
{
    public static TheoryData<string> Cases => [.. GoldenCase.Names];

    public static TheoryData<string> Versions => [.. OpenApiCheck.Versions];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_configuration_becomes_exactly_these_objects(string name)
    {
        var golden = new GoldenCase(name);
        var actual = GoldenCase.ToYaml(await golden.ObjectsAsync());
        var file = Path.Combine(golden.Folder, "expected.yaml");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(file, actual);
        Assert.True(File.Exists(file), $"{file} is missing; UPDATE_GOLDEN=1 writes it");
        Assert.Equal(await File.ReadAllTextAsync(file), actual);
        Assert.Equal(actual, GoldenCase.ToYaml(await golden.ObjectsAsync()));
    }

    [Fact]
    public void Every_case_has_a_configuration_and_an_expectation() =>
        Assert.All(GoldenCase.Names, name => Assert.True(
            File.Exists(Path.Combine(GoldenCase.Root, name, "dex.yaml")) && File.Exists(Path.Combine(GoldenCase.Root, name, "expected.yaml")),
            $"{name} is an orphan"));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Pods_hold_to_the_restricted_profile(string name)
    {
        foreach (var item in (await new GoldenCase(name).RenderAsync()).Items.Where(item => !item.Path.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            if (PodSecurity.PodOf(item.Object) is { } pod) Assert.Empty(PodSecurity.Violations(pod));
        }
    }

    [Fact]
    public void The_check_of_the_restricted_profile_finds_violations() =>
        Assert.Equal(
            [
                "hostNetwork", "volume of type hostPath", "a: allowPrivilegeEscalation is not false", "a: runAsNonRoot is not true",
                "a: runAsUser 0", "a: seccomp profile is Unconfined", "a: capabilities are not dropped", "a: capabilities are added", "a: hostPort",
            ],
            PodSecurity.Violations(YamlJson.ToJsonNodes("pod.yaml", """
                hostNetwork: true
                volumes: [{ name: host, hostPath: { path: / } }]
                containers:
                - name: a
                  ports: [{ containerPort: 80, hostPort: 80 }]
                  securityContext: { runAsUser: 0, seccompProfile: { type: Unconfined }, capabilities: { add: [SYS_ADMIN] } }
                """u8.ToArray()).Single()));

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_object_is_valid_in_every_supported_version(string version)
    {
        var check = new OpenApiCheck(version);
        var problems = new List<string>();
        foreach (var name in GoldenCase.Names)
        {
            foreach (var item in await new GoldenCase(name).ObjectsAsync())
                problems.AddRange(check.Problems(item).Select(problem => $"{name}: {problem}"));
        }

        Assert.Empty(problems);
    }

    [Fact]
    public void The_schema_check_finds_unknown_fields_wrong_types_and_missing_keys()
    {
        var version = OpenApiCheck.Versions[^1];
        var problems = new OpenApiCheck(version).Problems(new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject { ["name"] = "web" },
            ["spec"] = new JsonObject { ["replicas"] = "two", ["typo"] = 1, ["template"] = new JsonObject() },
        });
        Assert.Equal(["Deployment.spec: `selector` is missing", "Deployment.spec.replicas: String instead of integer", "Deployment.spec: unknown field `typo`"], problems);
    }
}
