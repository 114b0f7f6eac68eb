using Dex.App;
using Dex.Config;
using Dex.Features.Manifests;

namespace Dex.Tests.Config.GuideCode;

/// <summary>One service of Acme.</summary>
public record AcmeService : Service
{
    /// <summary>The cost centre that pays.</summary>
    [Pattern("[A-Z]{2}-[0-9]+", Means = "a cost centre such as EU-7")]
    [Example("EU-7")]
    public required string CostCenter { get; init; }

    [Rule("ACME001")]
    internal static void SmallOnly(AcmeService s, Check c) => c
        .That(s.CostCenter != "EU-1" || s.Replicas < 3, s, x => x.Replicas, "{0} copies are too many for EU-1");
}

/// <summary>Stands for a company's store.</summary>
static class Vault
{
    public static async Task<Secret<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        return new Secret<string>($"value of {path}");
    }
}

/// <summary>The code of docs/guides/configuration.md, compiled.</summary>
static class Acme
{
    public static DexApp Platform() =>
ReferencePlatform.Create("acme")
    .With(_ => ConfigSchema.For<AppConfig>(typeof(AcmeService))
        .WithFunctions(FunctionLibrary.BuiltIn.With("vault", FunctionEffect.Remote, Vault.ReadAsync)))
        ;
}
