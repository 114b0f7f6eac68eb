using System.Text;

namespace Dex.Kubernetes.Client;

/// <summary>Builds the query of a URL.</summary>
sealed class Query
{
    readonly StringBuilder _text = new();

    public Query Add(string key, string? value) => string.IsNullOrEmpty(value) ? this : AddEvenEmpty(key, value);

    public Query AddEvenEmpty(string key, string value)
    {
        _text.Append(_text.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    public Query Add(string key, bool value) => value ? Add(key, "true") : this;

    public Query Add(string key, long? value) => Add(key, value?.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
