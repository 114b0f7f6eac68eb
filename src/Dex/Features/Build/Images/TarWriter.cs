using System.Globalization;
using System.Text;

namespace Dex.Features.Build.Images;

/// <summary>
/// Writes POSIX (pax) tar archives whose bytes depend on names, modes and contents alone. The runtime's own writer puts
/// the process id into pax headers, so its archives differ from run to run.
/// </summary>
sealed class TarWriter(Stream output)
{
    const int BlockSize = 512;
    const long GreatestOctalSize = 0x1_FFFF_FFFF; // eleven octal digits
    readonly byte[] _block = new byte[BlockSize];
    readonly byte[] _buffer = new byte[128 * 1024];

    public void AddDirectory(string name) => WriteEntry(name.TrimEnd('/') + "/", '5', 0b111_101_101, 0, "");

    public void AddSymbolicLink(string name, string target) => WriteEntry(name, '2', 0b111_111_111, 0, target);

    /// <summary>Copies exactly <paramref name="length"/> bytes: a file that changes while it is packed is an error.</summary>
    public void AddFile(string name, bool executable, long length, Stream content, CancellationToken cancellationToken)
    {
        WriteEntry(name, '0', executable ? 0b111_101_101 : 0b110_100_100, length, "");
        var left = length;
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = content.Read(_buffer, 0, (int)Math.Min(left, _buffer.Length));
            if (read == 0) throw new EndOfStreamException($"`{name}` became shorter while it was read");
            output.Write(_buffer, 0, read);
            left -= read;
        }

        Pad(length);
    }

    /// <summary>Two empty blocks end the archive.</summary>
    public void Complete()
    {
        Array.Clear(_block);
        output.Write(_block);
        output.Write(_block);
    }

    void WriteEntry(string name, char type, int mode, long size, string link)
    {
        var records = new StringBuilder();
        if (!FitsHeader(name)) AppendRecord(records, "path", name);
        if (!FitsHeader(link)) AppendRecord(records, "linkpath", link);
        if (size > GreatestOctalSize) AppendRecord(records, "size", size.ToString(CultureInfo.InvariantCulture));
        if (records.Length > 0)
        {
            var pax = Encoding.UTF8.GetBytes(records.ToString());
            WriteHeader("pax", 'x', 0b110_100_100, pax.Length, "");
            output.Write(pax);
            Pad(pax.Length);
        }

        WriteHeader(name, type, mode, size > GreatestOctalSize ? 0 : size, link);
    }

    static bool FitsHeader(string text) => text.Length <= 100 && Ascii.IsValid(text);

    // A record counts its own length field, so the length is found by trying.
    static void AppendRecord(StringBuilder records, string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount(value) + key.Length + 3;
        var length = rest + 1;
        while (rest + length.ToString(CultureInfo.InvariantCulture).Length != length)
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        records.Append(CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
    }

    // Owner 0, time 0: the layer says nothing about the machine it was made on.
    void WriteHeader(string name, char type, int mode, long size, string link)
    {
        Array.Clear(_block);
        Put(0, 100, name);
        PutOctal(100, 8, mode);
        PutOctal(108, 8, 0);
        PutOctal(116, 8, 0);
        PutOctal(124, 12, size);
        PutOctal(136, 12, 0);
        _block[156] = (byte)type;
        Put(157, 100, link);
        "ustar\0"u8.CopyTo(_block.AsSpan(257));
        "00"u8.CopyTo(_block.AsSpan(263));
        _block.AsSpan(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in _block) sum += value;
        PutOctal(148, 7, sum);
        output.Write(_block);
    }

    void Put(int offset, int width, string text)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Math.Min(text.Length, width))];
        var written = Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, width)), utf8);
        utf8[..Math.Min(written, width)].CopyTo(_block.AsSpan(offset));
    }

    void PutOctal(int offset, int width, long value)
    {
        for (var at = offset + width - 2; at >= offset; at--, value >>= 3) _block[at] = (byte)('0' + (value & 7));
        _block[offset + width - 1] = 0;
    }

    void Pad(long length)
    {
        var over = (int)(length % BlockSize);
        if (over == 0) return;
        Array.Clear(_block);
        output.Write(_block, 0, BlockSize - over);
    }
}
