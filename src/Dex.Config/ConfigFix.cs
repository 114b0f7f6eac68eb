using Dex.Yaml;

namespace Dex.Config;

/// <summary>A change of the text that <c>config fix</c> makes.</summary>
/// <param name="Place">What is replaced; of length zero for an insertion.</param>
/// <param name="NewText">What stands there afterwards.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record ConfigFix(SourceSpan Place, string NewText, string Reason);
