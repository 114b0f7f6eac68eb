using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Build;

/// <summary>What <c>dex build</c> made.</summary>
/// <param name="App">The application.</param>
/// <param name="Images">By service or job.</param>
public sealed record BuildReport(string App, IReadOnlyDictionary<string, ReportedImage> Images);

/// <summary>One image.</summary>
/// <param name="Reference">How Kubernetes objects name it, pinned by digest.</param>
/// <param name="Digest">The digest.</param>
/// <param name="Cached">Whether it was there already.</param>
/// <param name="Reason">Why it was built or not.</param>
/// <param name="Changes">Every input that changed; only with <c>--explain</c>.</param>
/// <param name="Sent">Bytes sent to the registry; null when it was not pushed.</param>
/// <param name="Duration">In seconds.</param>
public sealed record ReportedImage(string Reference, string Digest, bool Cached, string Reason, IReadOnlyList<string>? Changes, long? Sent, TimeSpan Duration);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BuildReport))]
sealed partial class BuildJson : JsonSerializerContext;
