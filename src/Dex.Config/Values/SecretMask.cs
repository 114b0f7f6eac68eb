using System.Collections.Concurrent;

namespace Dex.Config;

/// <summary>
/// Hides known secrets in a text. Only a backstop: values shorter than eight characters are left alone, because hiding <c>on</c> or <c>1</c> would
/// destroy every log and tell the secret by its gaps.
/// </summary>
public sealed class SecretMask
{
    const int MinLength = 8;
    readonly ConcurrentDictionary<string, bool> _values = new(StringComparer.Ordinal);

    /// <summary>Remembers a secret, and each long line of it.</summary>
    public void Add(string secret)
    {
        foreach (var line in secret.Split('\n').Select(l => l.Trim()).Append(secret))
        {
            if (line.Length >= MinLength) _values[line] = true;
        }
    }

    /// <summary>The text with every known secret replaced by <c>***</c>.</summary>
    public string Apply(string text)
    {
        if (_values.IsEmpty) return text;
        foreach (var secret in _values.Keys.OrderByDescending(v => v.Length)) text = text.Replace(secret, Text.Mask, StringComparison.Ordinal);
        return text;
    }
}
