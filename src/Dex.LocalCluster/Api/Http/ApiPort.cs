using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>A data directory keeps its port, so that kubeconfigs stay good across restarts.</summary>
internal static class ApiPort
{
    const string FileName = "api.port";

    /// <summary>The wanted port; else the last one when it is free; else 0.</summary>
    public static int Choose(int wanted, DataFolder? folder)
    {
        if (wanted != 0 || folder is null || !File.Exists(folder.File(FileName)))
            return wanted;
        var known = int.TryParse(File.ReadAllText(folder.File(FileName)), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0;
        return known != 0 && IsFree(known) ? known : 0;
    }

    public static void Remember(int port, DataFolder? folder)
    {
        if (folder is not null)
            PrivateFile.Write(folder.File(FileName), Encoding.ASCII.GetBytes(port.ToString(CultureInfo.InvariantCulture)));
    }

    static bool IsFree(int port)
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
