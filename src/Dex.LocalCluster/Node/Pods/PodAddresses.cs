namespace Dex.LocalCluster.Node.Pods;

/// <summary>
/// Pods share the host's network; where the system lets programs bind any address of 127.0.0.0/8 (Linux) each pod still gets
/// one of its own, so that status, endpoints and <c>status.podIP</c> tell pods apart.
/// </summary>
sealed class PodAddresses
{
    readonly HashSet<uint> _taken = [];

    public string Take(string uid)
    {
        if (!OperatingSystem.IsLinux()) return "127.0.0.1";
        lock (_taken)
        {
            var number = (uint)string.GetHashCode(uid, StringComparison.Ordinal);
            do number = (number + 1) & 0xffff;
            while (number is 0 or 0xffff || !_taken.Add(number));
            return $"127.244.{number >> 8}.{number & 0xff}";
        }
    }

    public void Release(string address)
    {
        if (address.Split('.') is not ["127", "244", var high, var low]) return;
        lock (_taken) _taken.Remove((uint.Parse(high) << 8) | uint.Parse(low));
    }
}
