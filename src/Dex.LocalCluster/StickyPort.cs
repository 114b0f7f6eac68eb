using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster;

/// <summary>A data directory keeps a port, so that kubeconfigs and URLs stay good across restarts.</summary>
internal sealed class StickyPort(string fileName, DataFolder? folder)
{
    /// <summary>The API server's port.</summary>
    public static StickyPort Api(DataFolder? folder) => new("api.port", folder);

    /// <summary>The ingress proxy's port.</summary>
    public static StickyPort Ingress(DataFolder? folder) => new("ingress.port", folder);

    /// <summary>The wanted port; else the last one when it is free; else the preferred one when that is free; else 0.</summary>
    public int Choose(int wanted, int preferred)
    {
        if (wanted != 0 || folder is null) return wanted;
        if (Last() is { } last && IsFree(last)) return last;
        return preferred != 0 && IsFree(preferred) ? preferred : 0;
    }

    /// <summary>Writes down which port it became.</summary>
    public void Remember(int port)
    {
        if (folder is not null) PrivateFile.Write(folder.File(fileName), Encoding.ASCII.GetBytes(port.ToString(CultureInfo.InvariantCulture)));
    }

    private int? Last() =>
        File.Exists(folder!.File(fileName)) && int.TryParse(File.ReadAllText(folder.File(fileName)), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
