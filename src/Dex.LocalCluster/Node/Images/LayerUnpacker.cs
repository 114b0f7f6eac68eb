using System.Formats.Tar;
using System.IO.Compression;

namespace Dex.LocalCluster.Node.Images;

/// <summary>
/// Unpacks one layer over a folder, with the whiteouts of the OCI layer specification (layer.md). A layer is a stranger's archive:
/// nothing is ever written through a link or outside the folder.
/// </summary>
sealed class LayerUnpacker(string root)
{
    const string Whiteout = ".wh.";
    const string OpaqueWhiteout = ".wh..wh..opq";

    public void Unpack(Stream layer)
    {
        using var tar = new TarReader(Decompress(layer));
        while (tar.GetNextEntry() is { } entry)
        {
            var path = Inside(entry.Name);
            if (path == root) continue;
            var name = Path.GetFileName(path);
            if (name == OpaqueWhiteout) Clear(Path.GetDirectoryName(path)!);
            else if (name.StartsWith(Whiteout)) Delete(Path.Combine(Path.GetDirectoryName(path)!, name[Whiteout.Length..]));
            else Write(entry, path);
        }
    }

    void Write(TarEntry entry, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (entry.EntryType == TarEntryType.Directory)
        {
            if (!Directory.Exists(path) || IsLink(path)) Delete(path);
            Directory.CreateDirectory(path);
            return;
        }
        Delete(path);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                WriteFile(entry, path);
                break;
            case TarEntryType.SymbolicLink:
                File.CreateSymbolicLink(path, LinkTarget(path, entry.LinkName));
                break;
            case TarEntryType.HardLink:
                var target = Inside(entry.LinkName);
                if (!File.Exists(target) || IsLink(target) || Processes.Libc.link(target, path) != 0) throw Refuse($"a hard link to {entry.LinkName}");
                break;
            default: // devices, pipes: nothing that a process of an ordinary user could make
                break;
        }
    }

    static void WriteFile(TarEntry entry, string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        // Read-only, as containers share the file; and nothing of an image runs as somebody else.
        options.UnixCreateMode = (entry.Mode & (UnixFileMode)0x16d) | UnixFileMode.UserRead; // 0555
        using var file = new FileStream(path, options);
        entry.DataStream?.CopyTo(file);
    }

    // An absolute target means the image's root, not the machine's.
    string LinkTarget(string link, string target)
    {
        var folder = Path.GetDirectoryName(link)!;
        var full = target.StartsWith('/') ? root + target : Path.Combine(folder, target);
        full = Path.GetFullPath(full);
        if (full != root && !full.StartsWith(root + "/")) throw Refuse($"a link to {target}");
        return Path.GetRelativePath(folder, full);
    }

    /// <summary>The path of an entry below the root; refuses what would leave it, by name or through a link.</summary>
    string Inside(string name)
    {
        var path = root;
        foreach (var part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part == "..") throw Refuse(name);
            if (path != root && IsLink(path)) throw Refuse($"{name}, below a link");
            path = $"{path}/{part}";
        }
        return path;
    }

    static ImageException Refuse(string what) => new($"the layer is not unpacked: it holds {what}, which leaves the image");

    static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    static void Clear(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var child in Directory.EnumerateFileSystemEntries(folder).ToList()) Delete(child);
    }

    static void Delete(string path)
    {
        if (!IsLink(path) && Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }

    static Stream Decompress(Stream layer)
    {
        Span<byte> magic = stackalloc byte[4];
        _ = layer.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        layer.Position = 0;
        if (magic is [0x28, 0xb5, 0x2f, 0xfd]) throw new ImageException("the layer is compressed with zstd, which this node does not read; build it as gzip");
        return magic is [0x1f, 0x8b, ..] ? new GZipStream(layer, CompressionMode.Decompress) : layer;
    }
}
