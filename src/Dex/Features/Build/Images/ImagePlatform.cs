using System.Runtime.InteropServices;

namespace Dex.Features.Build.Images;

/// <summary>An operating system and a processor, in the words of the OCI image specification.</summary>
readonly record struct ImagePlatform(string Os, string Architecture)
{
    /// <summary>What containers on this machine run: Linux, also on a Mac.</summary>
    public static ImagePlatform OfThisMachine => new("linux", RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64");

    /// <summary>What the .NET SDK calls it.</summary>
    public string RuntimeIdentifier => $"{Os}-{(Architecture == "amd64" ? "x64" : Architecture)}";

    /// <summary>Whether images can be built for it.</summary>
    public static bool IsKnown(string text) => text is "linux/amd64" or "linux/arm64";

    /// <summary>Reads <c>linux/amd64</c>.</summary>
    public static ImagePlatform Parse(string text) => IsKnown(text)
        ? new ImagePlatform("linux", text["linux/".Length..])
        : throw BuildErrors.BadPlatform(text);

    /// <inheritdoc/>
    public override string ToString() => $"{Os}/{Architecture}";
}
