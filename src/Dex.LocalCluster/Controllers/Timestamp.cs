using System.Globalization;

namespace Dex.LocalCluster.Controllers;

/// <summary>Times as they stand in objects: RFC 3339, whole seconds, UTC.</summary>
static class Timestamp
{
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
