namespace Dex.LocalCluster.Api.Schema;

/// <summary>A body that is no object of the expected type: 400 BadRequest with this message.</summary>
public sealed class DecodeException(string message) : Exception(message);
