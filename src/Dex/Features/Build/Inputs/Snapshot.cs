using System.Security.Cryptography;
using System.Text;

namespace Dex.Features.Build.Inputs;

/// <summary>One input file as it was.</summary>
readonly record struct FileState(FileStamp Stamp, string Hash);

/// <summary>Everything a build depends on: files by path and facts such as the SDK's version.</summary>
sealed class Snapshot
{
    const int Format = 1;

    /// <summary>Files by a path that is the same in every copy of the sources, in ordinal order.</summary>
    public required SortedList<string, FileState> Files { get; init; }

    /// <summary>Other inputs by name.</summary>
    public required SortedDictionary<string, string> Facts { get; init; }

    /// <summary>The digest over names, contents and facts; times and folders do not count.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var line = new StringBuilder();
        line.Append("format ").Append(Format).Append('\n');
        foreach (var (name, value) in Facts) line.Append(name).Append('\0').Append(value).Append('\n');
        foreach (var (path, state) in Files)
        {
            line.Append(path).Append('\0').Append(state.Hash).Append('\n');
            if (line.Length > 16_000) Flush();
        }

        Flush();
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Flush()
        {
            hash.AppendData(Encoding.UTF8.GetBytes(line.ToString()));
            line.Clear();
        }
    }

    /// <summary>What differs from an earlier snapshot, facts first, in words.</summary>
    public IReadOnlyList<string> ChangesSince(Snapshot earlier)
    {
        var changes = new List<string>();
        foreach (var name in Facts.Keys.Union(earlier.Facts.Keys, StringComparer.Ordinal))
        {
            var (now, before) = (Facts.GetValueOrDefault(name), earlier.Facts.GetValueOrDefault(name));
            if (now != before) changes.Add(now is null || before is null || now.Length > 40 ? $"{name} changed" : $"{name} changed from {before} to {now}");
        }

        foreach (var (path, state) in Files)
        {
            if (!earlier.Files.TryGetValue(path, out var before)) changes.Add($"{path} is new");
            else if (before.Hash != state.Hash) changes.Add($"{path} changed");
        }

        changes.AddRange(earlier.Files.Keys.Where(path => !Files.ContainsKey(path)).Select(path => $"{path} was removed"));
        return changes;
    }

    /// <summary>Writes it so that <see cref="Load"/> reads it in milliseconds; replaces the file at once.</summary>
    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Path.GetRandomFileName()}";
        using (var writer = new BinaryWriter(File.Create(temporary, 1 << 16), Encoding.UTF8))
        {
            writer.Write(Format);
            writer.Write(Facts.Count);
            foreach (var (name, value) in Facts)
            {
                writer.Write(name);
                writer.Write(value);
            }

            writer.Write(Files.Count);
            foreach (var (name, state) in Files)
            {
                writer.Write(name);
                writer.Write(state.Stamp.Size);
                writer.Write(state.Stamp.Modified);
                writer.Write(state.Stamp.Changed);
                writer.Write(state.Stamp.Inode);
                writer.Write(state.Hash);
            }
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a saved snapshot; null when there is none that this dex understands.</summary>
    public static Snapshot? Load(string path)
    {
        if (!File.Exists(path)) return null;
        using var reader = new BinaryReader(new MemoryStream(File.ReadAllBytes(path)), Encoding.UTF8);
        try
        {
            if (reader.ReadInt32() != Format) return null;
            var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
            for (var left = reader.ReadInt32(); left > 0; left--) facts[reader.ReadString()] = reader.ReadString();
            var count = reader.ReadInt32();
            var files = new SortedList<string, FileState>(count, StringComparer.Ordinal);
            for (var left = count; left > 0; left--)
            {
                var name = reader.ReadString();
                var stamp = new FileStamp(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64());
                files.Add(name, new FileState(stamp, reader.ReadString()));
            }

            return new Snapshot { Files = files, Facts = facts };
        }
        catch (Exception damaged) when (damaged is EndOfStreamException or ArgumentException or FormatException)
        {
            return null; // only a cache: everything in it can be found out again
        }
    }
}
