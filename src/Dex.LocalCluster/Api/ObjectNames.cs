using System.Security.Cryptography;

namespace Dex.LocalCluster.Api;

/// <summary>Names the server makes up.</summary>
static class ObjectNames
{
    // The API server's alphabet: no vowels, no look-alikes, so that no words come out.
    const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>Longest base such that five characters still fit into a label.</summary>
    const int MaxBase = 63 - 5;

    public static string Generate(string prefix) =>
        (prefix.Length > MaxBase ? prefix[..MaxBase] : prefix) + Suffix();

    public static string Suffix() => RandomNumberGenerator.GetString(Alphabet, 5);
}
