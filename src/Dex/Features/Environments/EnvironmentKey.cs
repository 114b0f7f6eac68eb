using System.Security.Cryptography;
using System.Text;

namespace Dex.Features.Environments;

/// <summary>What tells one environment from another: the cluster it lives in, the app and the instance's name.</summary>
/// <param name="Cluster">The cluster's name in <c>clusters</c>, <c>local</c> for the embedded one.</param>
/// <param name="App">The app's name.</param>
/// <param name="Name">The instance's name, a DNS label.</param>
public sealed record EnvironmentKey(string Cluster, string App, string Name)
{
    const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>
    /// <c>e</c> and six base32 characters of a hash. The length is fixed and there is no hyphen inside, so no id is the
    /// beginning of another and <c>bob</c> never matches <c>bob-tables</c>.
    /// </summary>
    public string Id { get; } = "e" + Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{Cluster}/{App}/{Name}")), length: 6);

    /// <summary>The first four characters of the id: enough to keep addresses apart, and the same after every re-creation.</summary>
    public string ShortId => Id[..4];

    /// <summary>How users write it: <c>app/name</c>.</summary>
    public override string ToString() => $"{App}/{Name}";

    /// <summary>Lower-case base32 (RFC 4648) of the first bits.</summary>
    internal static string Encode(ReadOnlySpan<byte> bytes, int length)
    {
        const int bitsPerCharacter = 5;
        var text = new StringBuilder(length);
        for (var index = 0; index < length; index++)
        {
            var bit = index * bitsPerCharacter;
            var window = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[bit / 8 + 1] : 0);
            text.Append(Base32[(window >> (16 - bitsPerCharacter - bit % 8)) & 31]);
        }

        return text.ToString();
    }
}
