using System.Security.Cryptography;
using System.Text;

namespace Dex.Features.Environments;

/// <summary>Any text as part of a DNS label (RFC 1123): lower-case letters, digits and single hyphens.</summary>
public static class Slug
{
    const int HashLength = 6;

    /// <summary>
    /// The slug. Text that had to be cut, or that was nothing but characters a label cannot have, ends in a hash of the whole, so
    /// that two long branches with the same beginning stay two.
    /// </summary>
    /// <param name="text">A branch, a user, anything.</param>
    /// <param name="limit">The greatest length, at least 8.</param>
    public static string Of(string text, int limit)
    {
        var slug = new StringBuilder();
        var lost = false;
        foreach (var character in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(character)) slug.Append(character);
            else
            {
                lost |= !char.IsAscii(character);
                if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
            }
        }

        var clean = slug.ToString().Trim('-');
        if (clean.Length <= limit && clean.Length > 0 && !lost) return clean;
        var hash = EnvironmentKey.Encode(SHA256.HashData(Encoding.UTF8.GetBytes(text)), HashLength);
        var kept = clean[..Math.Min(clean.Length, limit - HashLength - 1)].Trim('-');
        return kept.Length == 0 ? hash : $"{kept}-{hash}";
    }
}
