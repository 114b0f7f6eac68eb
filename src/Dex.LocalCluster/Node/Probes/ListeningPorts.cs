using System.Globalization;

namespace Dex.LocalCluster.Node.Probes;

/// <summary>On which TCP ports the processes of a session listen (Linux; nothing is known elsewhere).</summary>
static class ListeningPorts
{
    public static IReadOnlyCollection<int> Of(int session)
    {
        if (!OperatingSystem.IsLinux()) return [];
        var ports = new SortedSet<int>();
        try
        {
            var sockets = Listening();
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out _) || !IsIn(session, folder)) continue;
                foreach (var link in new DirectoryInfo($"{folder}/fd").EnumerateFiles())
                {
                    if (link.LinkTarget is { } target && target.StartsWith("socket:[") && sockets.TryGetValue(target[8..^1], out var port)) ports.Add(port);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process ended while we looked: what was found until then is good enough for a hint.
        }
        return ports;
    }

    // Field 6 of stat, the 4th after the command in parentheses, is the session.
    static bool IsIn(int session, string folder)
    {
        try
        {
            var stat = File.ReadAllText($"{folder}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3] == session.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Inode of the socket → port; state 0A is LISTEN.
    static Dictionary<string, int> Listening()
    {
        var sockets = new Dictionary<string, int>();
        foreach (var line in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == "0A") sockets[fields[9]] = int.Parse(fields[1].AsSpan(fields[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        return sockets;
    }
}
