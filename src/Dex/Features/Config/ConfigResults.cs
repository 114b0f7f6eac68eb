using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dex.Features.Config;

/// <summary>A configuration without errors.</summary>
/// <param name="File">The file as the user would write it.</param>
/// <param name="Environments">The environments that were checked.</param>
/// <param name="Warnings">What does not stop the work.</param>
sealed record ConfigValidation(string File, IReadOnlyList<string> Environments, IReadOnlyList<string> Warnings);

/// <summary>Where a value comes from, the winner first.</summary>
sealed record ConfigExplanation(string Key, string? Value, string? Environment, IReadOnlyList<ConfigOrigin> Origins);

/// <summary>What one layer says.</summary>
sealed record ConfigOrigin(bool Wins, string Layer, string? Place, string Text);

/// <summary>A file that a command made.</summary>
sealed record WrittenFile(string File, bool Changed);

/// <summary>A page of documentation.</summary>
sealed record Page(string Markdown);

/// <summary>What <c>config fix</c> changed, or would change.</summary>
sealed record ConfigFixes(string File, bool Written, IReadOnlyList<AppliedFix> Fixes);

/// <summary>One change.</summary>
sealed record AppliedFix(string Place, string NewText, string Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConfigValidation))]
[JsonSerializable(typeof(ConfigExplanation))]
[JsonSerializable(typeof(WrittenFile))]
[JsonSerializable(typeof(Page))]
[JsonSerializable(typeof(ConfigFixes))]
[JsonSerializable(typeof(JsonObject))]
sealed partial class ConfigJson : JsonSerializerContext;
