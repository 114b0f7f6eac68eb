using System.Text;
using System.Text.Json;
using Dex.App;
using Dex.Config;

namespace Dex.Features.Config;

/// <summary>Writes what is made from, or into, a dex.yaml.</summary>
sealed class ConfigWriter(AppLoader loader, ConfigSchema<AppConfig> schema)
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where editors find the schema, beside dex.yaml.</summary>
    public const string SchemaFile = ".dex/dex.schema.json";

    /// <summary>The schema for editors, as <c>.dex/dex.schema.json</c> beside the file.</summary>
    public async Task<WrittenFile> WriteSchemaAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, SchemaFile);
        var text = schema.ToJsonSchema().ToJsonString(Indented) + "\n";
        var changed = !File.Exists(file) || await File.ReadAllTextAsync(file, cancellationToken) != text;
        if (changed)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await ReplaceAsync(file, text, cancellationToken);
        }

        return new WrittenFile(loader.Display(file), changed);
    }

    /// <summary>Brings the file up to date.</summary>
    public async Task<ConfigFixes> FixAsync(string folder, bool checkOnly, CancellationToken cancellationToken)
    {
        var file = loader.Open(folder, []);
        List<AppliedFix> fixes = [.. file.Fixes.Select(f => new AppliedFix(f.Place.ToString(), f.NewText, f.Reason))];
        var write = fixes.Count > 0 && !checkOnly;
        if (write) await ReplaceAsync(Path.Combine(folder, AppLoader.FileName), file.FixedText(), cancellationToken);
        return new ConfigFixes(loader.Display(Path.Combine(folder, AppLoader.FileName)), write, fixes);
    }

    /// <summary>Writes values of <c>--set</c> into the file, all of them or none.</summary>
    /// <param name="shown">What the values make of the environment; the written file must give the same.</param>
    /// <exception cref="UserError">Another layer would win over what is written.</exception>
    public async Task<string> SetAsync(LoadedApp shown, string? environment, IReadOnlyList<string> set, CancellationToken cancellationToken)
    {
        var path = Path.Combine(shown.Folder, AppLoader.FileName);
        var text = loader.Open(shown.Folder, []).TextWith(set, environment);
        var written = await loader.ResolveTextAsync(shown.Folder, text, shown.Environment, cancellationToken);
        if (written.Hash != shown.Resolved.Hash) throw AppErrors.NotInEffect(environment, shown.Environment);
        await ReplaceAsync(path, text, cancellationToken);
        return loader.Display(path);
    }

    /// <summary>A reader sees the old file or the new one, never a part.</summary>
    static async Task ReplaceAsync(string path, string text, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.tmp";
        await File.WriteAllTextAsync(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
        if (File.Exists(path) && !OperatingSystem.IsWindows()) File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
        File.Move(temporary, path, overwrite: true);
    }
}
