using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Config;
using Dex.Tests.Architecture;
using Dex.Yaml;

namespace Dex.Tests.Config;

/// <summary>
/// The whole message of every kind of mistake, as text and as JSON. <c>run.txt</c> names the environment to resolve, <c>root</c> for none, or
/// <c>demand</c> to compute every dynamic value as well; without it the file is validated.
/// </summary>
public sealed class ErrorCaseTests
{
    static readonly string Folder = Repository.PathOf("tests", "Dex.Tests", "Config", "Cases");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder).Select(d => Path.GetFileName(d)).Order()];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_mistake_reads_well(string name)
    {
        var folder = Path.Combine(Folder, name);
        var found = await Run(folder);
        Golden(Path.Combine(folder, "expected.txt"), DiagnosticRenderer.Render(found));
        Golden(Path.Combine(folder, "expected.json"), JsonNode.Parse(DiagnosticJson.Errors(found))!.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
        Assert.All(found.Where(d => d.Code != "DEX1006"), d => Assert.NotEmpty(d.Labels));
    }

    static async Task<IReadOnlyList<Diagnostic>> Run(string folder)
    {
        var run = Path.Combine(folder, "run.txt");
        var how = File.Exists(run) ? (await File.ReadAllTextAsync(run, TestContext.Current.CancellationToken)).Trim() : "validate";
        try
        {
            var file = ConfigFile.Load(Path.Combine(folder, "dex.yaml"), ShopFile.Schema, new LoadOptions { DisplayName = "dex.yaml" });
            if (how == "validate") return await file.ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken);
            var context = new EvaluationContext { Secrets = Answer };
            var resolved = await file.ResolveAsync(how is "root" or "demand" ? null : how, context, TestContext.Current.CancellationToken);
            if (how == "demand") await resolved.ToJsonAsync(compute: true, TestContext.Current.CancellationToken);
            return resolved.Warnings;
        }
        catch (DiagnosticException exception)
        {
            return exception.Diagnostics;
        }
    }

    static Task<SecretAnswer> Answer(string name, CancellationToken cancellationToken) => Task.FromResult<SecretAnswer>(name switch
    {
        "denied" => new SecretAnswer.Denied("AWS Secrets Manager", "the role `developer`", "ask the team that owns the secret for `secretsmanager:GetSecretValue`"),
        "expired" => new SecretAnswer.Expired("AWS Secrets Manager", "sign in again with `dex login`"),
        _ => new SecretAnswer.NotFound("the local store", ["/dev/shop/api-key"], $"create it with `dex secret set {name}`"),
    });

    static void Golden(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        Assert.True(File.Exists(path), $"{path} is missing; UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
