using Dex.Features.Build.Images;

namespace Dex.Features.Build.Dotnet;

/// <summary>How <c>dotnet publish</c> is called.</summary>
static class PublishArguments
{
    /// <summary>English output to find errors in, and nothing of a surrounding MSBuild.</summary>
    public static IReadOnlyDictionary<string, string?> Environment { get; } = new Dictionary<string, string?>
    {
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_UI_LANGUAGE"] = "en",
        ["MSBUILD_EXE_PATH"] = null,
        ["MSBuildSDKsPath"] = null,
        ["MSBuildExtensionsPath"] = null,
        ["MSBuildLoadMicrosoftTargetsReadOnly"] = null,
    };

    public static IReadOnlyList<string> For(BuildTarget target, string project, ImagePlatform? platform, string output, bool skipRestore) =>
    [
        "publish", project, "--configuration", "Release", "--output", output, "--nologo", "--no-self-contained",
        "--verbosity", "quiet", "-consoleLoggerParameters:NoSummary", "-terminalLogger:off",
        // Node processes stay behind and hold the output open; one node is as fast for one project.
        "-maxCpuCount:1", "-nodeReuse:false",
        // The image starts `dotnet App.dll`; IIS is not there.
        // Analyzers say something about the sources, not about the result; editors and CI listen to them.
        "-p:UseAppHost=false", "-p:RunAnalyzers=false", "-p:IsTransformWebConfigDisabled=true",
        // The same sources give the same bytes wherever they lie and whatever commit they are at.
        $"-p:PathMap={Escape(Root(target, project))}=/src", "-p:Deterministic=true",
        "-p:EnableSourceLink=false", "-p:EnableSourceControlManagerQueries=false", "-p:IncludeSourceRevisionInInformationalVersion=false",
        .. skipRestore ? new[] { "--no-restore" } : [],
        .. platform is { } given ? new[] { "--runtime", given.RuntimeIdentifier } : [],
        .. target.Build.Args.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"-p:{pair.Key}={Escape(pair.Value)}"),
    ];

    // What MSBuild would take for separators of its own.
    static string Escape(string value) =>
        value.Replace("%", "%25", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);

    static string Root(BuildTarget target, string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        var root = target.AppFolder;
        while (root.Length > 1 && folder != root && !folder.StartsWith(root + "/", StringComparison.Ordinal)) root = Path.GetDirectoryName(root)!;
        return root;
    }
}
