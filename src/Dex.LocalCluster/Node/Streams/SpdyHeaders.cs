using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>
/// The header blocks of SPDY/3: name/value pairs in one zlib stream per direction, which starts from a preset dictionary
/// (SPDY/3 draft, section 2.6.10.1).
/// </summary>
sealed class SpdyHeaders : IDisposable
{
    // The 1423 bytes of the dictionary, themselves compressed.
    const string Dictionary =
        "eNplVNty2zYQ1dSylEmTtEl+AM8tGYMk6Did8YN7cet03GQad/oMgSsKMQggIKhLvr67oOQq7YwkHhzs5eyFmkwmc+ejdrafTCbTFciGnt71EZ8nfqDHrAEDERCdxiAVgZlUCjxdPhtRrlYy9EDMN3sGrHKNtu0RZaRtB9lShKd7KiAFlPxk5E+lMW6TDIa4ckF/liSPCCXVCnLlbAzOIPEYoQW1v35CF2BjvpA9Bfr2cD7S8cAdCXn2wIFt4+oLK6cOyb8+cF1TJy37Y5J/nD3uPJ2njUwdm0KUlHkGW49SEc0R6ZBKni6D61Lfx34/0su8k1GRiOeEUfdSQ5P32qa2P0XSOgsPVuRxkPAS8WD/72NkHx9Ckc9RWU86uc2XLmxkaEjRzAfZdhLRCx/cdpfTELAsrcZyXv7LHo/m9KBhHmAJAQJ1LEAMaLqM6TjrIawT+ipFmuMqaZOI5whtj37Ho5oPvg2yIdPHA/rmOC1LTZquZdjRvqw16ZyjdLuf7maz+a/gWQcolco+adN2zvoo45BqLTln736nGCisHyt59Nvd3fuz4lVBHkMwqSfDwmhFQnDBcf/cvU6y7gF8Lo1ep0TYj1bbgvOCFyV9ypLXJT+vOK94WfGq4qLidUXMa8FLwWvBzwXhC8HfiIKLohBFKYpKFEIUtSjORfG65mXNRU2hKvaHs/nV2HusAhOzG4vT69IcSi7QgP00LmLFC3br1tCw94AGFimzE1jxj7Jhf8KnAfoo0OYvexgmNAJTXLuw0E0DVqRwEYnBNjU63mDcYKVhH9Ik2S8huFBjCLK66byBDpMA2lbJRCug6Gscs1wYeCstu4YFu5WBXfmAzx17O1j8GnY1tOjiI3unIoZbs59BMc5/SB8sw2bsboCM/Q0NotWQseugM/ZBRvwZ8PbX2zu1Guw93kfYxrNV7EymO9yZM2/bPfroD6jVy0x6b/T4Ipxt0fqLM/l/T2yK5o3UdoQfsZ5eBe1jNq6FD3qNq0bvEUa+bD9rnzWwNMhlfaNW+//FyyEu84vDQfcuv7io3+RFRnz2XQb20yV/9Q/jxqfC";

    static readonly byte[] Preset = Unpack();
    readonly FeedStream _input = new();
    readonly DeflateStream _inflate;
    readonly MemoryStream _output = new();
    readonly ZLibStream _deflate;
    bool _begun;

    public SpdyHeaders()
    {
        _inflate = new DeflateStream(_input, CompressionMode.Decompress);
        _deflate = new ZLibStream(_output, CompressionLevel.Fastest);
        // .NET cannot set a dictionary. A stored block (RFC 1951 section 3.2.4) with the same bytes puts the window into the same state.
        var block = new byte[5 + Preset.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(1), (ushort)Preset.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(3), (ushort)~Preset.Length);
        Preset.CopyTo(block, 5);
        _input.Feed(block);
        _inflate.ReadExactly(new byte[Preset.Length]);
    }

    public Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        const int zlibHeaderWithDictionaryId = 6;
        _input.Feed(_begun ? block : block[zlibHeaderWithDictionaryId..]);
        _begun = true;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (var count = ReadNumber(); count > 0; count--) headers[ReadText()] = ReadText();
        return headers;
    }

    /// <summary>A block without headers; our answers need none.</summary>
    public byte[] WriteEmpty()
    {
        _deflate.Write([0, 0, 0, 0]);
        _deflate.Flush();
        var block = _output.ToArray();
        _output.SetLength(0);
        return block;
    }

    int ReadNumber()
    {
        Span<byte> bytes = stackalloc byte[4];
        _inflate.ReadExactly(bytes);
        var number = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return number is >= 0 and < 64 * 1024 ? number : throw new IOException("a SPDY header block is damaged");
    }

    string ReadText()
    {
        var bytes = new byte[ReadNumber()];
        _inflate.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    static byte[] Unpack()
    {
        using var stream = new ZLibStream(new MemoryStream(Convert.FromBase64String(Dictionary)), CompressionMode.Decompress);
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }

    public void Dispose()
    {
        _inflate.Dispose();
        _deflate.Dispose();
        _output.Dispose();
    }

    /// <summary>Gives the inflater what has arrived; it asks again when there is more.</summary>
    sealed class FeedStream : MemoryStream
    {
        public void Feed(ReadOnlySpan<byte> bytes)
        {
            SetLength(0);
            Write(bytes);
            Position = 0;
        }
    }
}
