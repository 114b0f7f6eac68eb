using System.Text;
using System.Text.Unicode;

namespace Dex.Yaml;

/// <summary>Finds bytes that are not UTF-8 and guesses what was meant.</summary>
static class Utf8Check
{
    /// <summary>The offset of the first byte that is not UTF-8, or -1.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return -1;
        var offset = 0;
        while (offset < bytes.Length)
        {
            if (Rune.DecodeFromUtf8(bytes[offset..], out _, out var used) != System.Buffers.OperationStatus.Done) return offset;
            offset += used;
        }

        return -1;
    }

    public static Diagnostic Explain(string file, ReadOnlySpan<byte> bytes, int invalid)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return YamlErrors.NotUtf8(new SourceSpan(file, 1, 1, 0, 1), bytes[0], "UTF-16");
        var before = Encoding.UTF8.GetString(bytes[..invalid]);
        var rest = bytes[invalid..];
        var lineEnd = rest.IndexOfAny((byte)'\n', (byte)'\r');
        // Latin-1 gives every byte a character, so the excerpt shows the line as its author most likely saw it.
        var source = new SourceText(file, before + Encoding.Latin1.GetString(lineEnd < 0 ? rest : rest[..lineEnd]));
        var guess = bytes[invalid] >= 0xA0 ? $"Latin-1 (`{(char)bytes[invalid]}`)" : bytes[invalid] >= 0x80 ? "Windows-1252" : "a binary file";
        return YamlErrors.NotUtf8(source.Span(before.Length, 1), bytes[invalid], guess).WithSource(source);
    }
}
