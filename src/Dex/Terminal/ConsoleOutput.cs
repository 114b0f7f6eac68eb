using System.Text;

namespace Dex.Terminal;

/// <summary>Standard output alone, for what needs no terminal.</summary>
public static class ConsoleOutput
{
    /// <summary>Opens it as UTF-8.</summary>
    public static StreamWriter Open() => new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
