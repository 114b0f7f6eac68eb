using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>
/// The ports of one pod on the host. All pods share the host's network, so each container port gets a host port of its own, told to the
/// program as <c>$PORT</c>. A container that does not declare <c>PORT</c> cannot know another port than its fixed one: it gets that one when it is free.
/// </summary>
sealed class PodPorts : IDisposable
{
    // Below the ports that Linux (32768…) and macOS (49152…) give to outgoing connections and above what people choose by hand.
    const int First = 20000, Count = 10000;
    static readonly HashSet<int> Reserved = []; // of all agents in this process
    readonly Dictionary<int, int> _map = [];

    PodPorts() { }

    public static PodPorts Allocate(JsonObject pod)
    {
        var ports = new PodPorts();
        foreach (var container in PodFields.AllContainers(pod))
        {
            var told = container.Items("env").FirstOrDefault(e => e.Text("name") == "PORT")?.Text("value");
            foreach (var port in container.Items("ports"))
            {
                var number = (int)(port.Number("containerPort") ?? 0);
                var wanted = (int?)port.Number("hostPort") ?? (told is null || pod.Flag("spec", "hostNetwork") == true ? number : 0);
                if (number > 0 && !ports._map.ContainsKey(number)) ports._map[number] = Reserve(wanted);
            }
            if (int.TryParse(told, CultureInfo.InvariantCulture, out var undeclared) && undeclared > 0 && !ports._map.ContainsKey(undeclared))
                ports._map[undeclared] = Reserve(0);
        }
        return ports;
    }

    /// <summary>Where a port of the pod is on the host; a port nobody declared is where the program opens it.</summary>
    public int ToHost(int containerPort) => _map.GetValueOrDefault(containerPort, containerPort);

    /// <summary>The number of a port that is given by number or by name.</summary>
    public static int? Resolve(JsonNode? port, IEnumerable<JsonObject> containers) =>
        int.TryParse(port?.ToString(), CultureInfo.InvariantCulture, out var number) ? number
        : (int?)containers.SelectMany(c => c.Items("ports")).FirstOrDefault(p => p.Text("name") == port?.ToString())?.Number("containerPort");

    /// <summary>The value of a variable, with the host's port in place of the container's in <c>PORT</c> and <c>PORT_&lt;NAME&gt;</c>.</summary>
    public string Replace(string name, string value) =>
        (name == "PORT" || name.StartsWith("PORT_")) && int.TryParse(value, CultureInfo.InvariantCulture, out var port) && _map.TryGetValue(port, out var host)
            ? host.ToString(CultureInfo.InvariantCulture)
            : value;

    public void Dispose()
    {
        lock (Reserved) Reserved.ExceptWith(_map.Values);
        _map.Clear();
    }

    static int Reserve(int wanted)
    {
        lock (Reserved)
        {
            if (wanted > 0 && !Reserved.Contains(wanted) && IsFree(wanted))
            {
                Reserved.Add(wanted);
                return wanted;
            }
            var start = Random.Shared.Next(Count);
            for (var i = 0; i < Count; i++)
            {
                var port = First + ((start + i) % Count);
                if (!Reserved.Contains(port) && IsFree(port) && Reserved.Add(port)) return port;
            }
        }
        throw new IOException($"no port between {First} and {First + Count - 1} is free");
    }

    static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
