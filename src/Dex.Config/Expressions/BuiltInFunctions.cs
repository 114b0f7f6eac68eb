using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>The functions of the language. Each is a typed method; the parameter names appear in messages.</summary>
static class BuiltInFunctions
{
    public static FunctionLibrary Create(FunctionLibrary empty) => empty.With(
    [
        new("lower", FunctionEffect.Pure, (string text) => text.ToLowerInvariant()),
        new("upper", FunctionEffect.Pure, (string text) => text.ToUpperInvariant()),
        new("trim", FunctionEffect.Pure, (string text) => text.Trim()),
        new("replace", FunctionEffect.Pure, (string text, string from, string to) => from.Length == 0 ? text : text.Replace(from, to, StringComparison.Ordinal)),
        new("concat", FunctionEffect.Pure, (params string[] parts) => string.Concat(parts)),
        new("json", FunctionEffect.Pure, Json),
        new("file", FunctionEffect.Local, ReadFile),
        new("secret", FunctionEffect.Remote, Secret),
        new("exec", FunctionEffect.Remote, Exec) { TakesSecrets = false },
        new("terraform", FunctionEffect.Remote, Terraform) { TakesSecrets = false },
    ]);

    /// <summary>A part of a JSON text: <c>json(text, 'a.b.0')</c>.</summary>
    static JsonNode? Json(string text, string path = "")
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new FunctionFailure("DEX1041", "the text is not JSON", $"line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}");
        }

        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(step, out var value) => value,
                JsonArray list when int.TryParse(step, out var index) && index >= 0 && index < list.Count => list[index],
                _ => throw new FunctionFailure("DEX1041", $"the JSON holds no `{path}`", $"there is no `{step}`"),
            };
        }

        return node;
    }

    static async Task<string> ReadFile(string path, EvaluationContext context, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path, context.Folder!);
        var boundary = GitFacts.RepositoryRoot(context.Folder!) ?? context.Folder!;
        if (!context.AllowFilesOutside && !RealPath.IsInside(full, boundary))
            throw new FunctionFailure("DEX1043", $"the file `{path}` lies outside of the repository", $"files must lie in {boundary}", "copy the file into the repository; where that cannot be, `DEX_IMPORTS_OUTSIDE=1` allows it");
        if (!File.Exists(full)) throw new FunctionFailure("DEX1040", $"the file `{path}` does not exist", $"looked in {context.Folder}");
        if (new FileInfo(full).Length > Yaml.YamlParser.MaxBytes) throw new FunctionFailure("DEX1040", $"the file `{path}` is larger than 1 MB");
        return (await File.ReadAllTextAsync(full, cancellationToken)).TrimEnd('\r', '\n');
    }

    static async Task<Secret<string>> Secret(string name, EvaluationContext context, CancellationToken cancellationToken)
    {
        if (context.Secrets is null) throw new FunctionFailure("DEX1017", $"the secret `{name}` was not found", "there is no secret store here");
        switch (await context.Secrets(name, cancellationToken))
        {
            case SecretAnswer.Found found:
                context.Mask.Add(found.Value.Reveal());
                return found.Value;
            case SecretAnswer.NotFound missing:
                var near = Yaml.Suggestion.Nearest(name, missing.Known);
                throw new FunctionFailure("DEX1017", $"the secret `{name}` was not found in {missing.Store}", near is null ? "" : $"did you mean `{near}`?", missing.Help);
            case SecretAnswer.Denied denied:
                throw new FunctionFailure("DEX1026", $"{denied.Who} may not read the secret `{name}` in {denied.Store}", "access denied", denied.Help);
            case SecretAnswer.Expired expired:
                throw new FunctionFailure("DEX1027", $"the sign-in to {expired.Store} has expired", $"needed for the secret `{name}`", expired.Help);
            default:
                throw new InvalidOperationException("an unknown answer");
        }
    }

    static async Task<string> Exec(string program, string[] arguments, EvaluationContext context, CancellationToken cancellationToken)
    {
        if (context.Run is null) throw new FunctionFailure("DEX1039", $"`{program}` may not run here", "programs are not run in this command");
        var result = await context.Run(new ProgramCall([program, .. arguments], context.Folder!), cancellationToken);
        if (result.ExitCode == 0) return result.Output.TrimEnd('\r', '\n');
        // What a program prints may hold a secret it was given; only its own error stream is shown, masked.
        var error = context.Mask.Apply(result.Error).Trim();
        throw new FunctionFailure("DEX1039", $"`{program}` ended with exit code {result.ExitCode}", error.Length > 0 ? error.Split('\n')[^1].Trim() : "");
    }

    /// <summary>
    /// An output of a Terraform configuration: <c>terraform('infra', 'queue_url')</c>. All outputs are read, because only together does Terraform say which of
    /// them are sensitive; those are secrets here, too.
    /// </summary>
    static async Task<Text> Terraform(string folder, string output, EvaluationContext context, CancellationToken cancellationToken)
    {
        var outputs = Json(await Exec("terraform", [$"-chdir={folder}", "output", "-json"], context, cancellationToken)) as JsonObject ?? [];
        if (outputs[output] is not JsonObject found)
        {
            var near = Yaml.Suggestion.Nearest(output, outputs.Select(o => o.Key));
            throw new FunctionFailure("DEX1041", $"`{folder}` has no Terraform output `{output}`", near is null ? "" : $"did you mean `{near}`?", "run `terraform apply` there first when the output is new");
        }

        var value = found["value"] is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : found["value"]?.ToJsonString() ?? "null";
        var isSecret = found["sensitive"] is JsonValue sensitive && sensitive.GetValueKind() == JsonValueKind.True;
        if (isSecret) context.Mask.Add(value);
        return new Text(value, isSecret);
    }
}

/// <summary>A function's refusal; the evaluator adds the place.</summary>
/// <remarks>Functions of other slices and companies throw it, too.</remarks>
public sealed class FunctionFailure(string code, string title, string label = "", string? help = null) : Exception(title)
{
    /// <summary>The diagnostic's code.</summary>
    public string Code { get; } = code;

    /// <summary>The words under the marker.</summary>
    public string Label { get; } = label;

    /// <summary>The next step, or null.</summary>
    public string? Advice { get; } = help;
}
