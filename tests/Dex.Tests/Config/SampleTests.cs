using Dex.App;
using Dex.Config;
using Dex.Tests.Architecture;

namespace Dex.Tests.Config;

public sealed class SampleTests
{
    public static TheoryData<string> Samples =>
        [.. Directory.GetFiles(Repository.PathOf("samples"), "dex.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.PathOf("samples"), f))];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Every_environment_of_a_sample_is_valid(string sample) =>
        Assert.Empty(await Load(sample).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("dev", null, 1, "debug", null)]
    [InlineData("staging", "nonprod-eu", 1, "debug", null)]
    [InlineData("prod", "prod-eu", 6, "info", null)]
    [InlineData("pr-412", "nonprod-eu", 1, "debug", "3d")]
    public async Task The_shop_differs_per_environment(string environment, string? cluster, int replicas, string level, string? ttl)
    {
        var asked = new List<string>();
        var context = new EvaluationContext
        {
            Variables = new Dictionary<string, string> { ["REGION"] = "eu" },
            Secrets = (name, _) => { asked.Add(name); return Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>("x"))); },
        };
        var resolved = await Load("shop/dex.yaml").ResolveAsync(environment, context, TestContext.Current.CancellationToken);
        var json = await resolved.ToJsonAsync(compute: true, TestContext.Current.CancellationToken);
        Assert.Equal((cluster, replicas, level, ttl), ((string?)json["cluster"], (int)json["services"]!["web"]!["replicas"]!, (string?)json["services"]!["orders"]!["env"]!["LOG_LEVEL"], (string?)json["ephemeral"]?["ttl"]));
        Assert.Equal(environment switch { "dev" => [], "pr-412" => ["/preview/shop/database"], _ => [$"/{environment}/shop/database"] }, asked);
        Assert.Equal(["web", "orders"], resolved.Value.Services.Keys);
    }

    static ConfigFile<AppConfig> Load(string sample) =>
        ConfigFile.Load(Repository.PathOf("samples", sample), ConfigSchema.For<AppConfig>(), new LoadOptions { DisplayName = sample });
}
