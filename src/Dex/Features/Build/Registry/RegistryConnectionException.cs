using System.Security.Authentication;
using Dex.Yaml;

namespace Dex.Features.Build.Registry;

/// <summary>A registry could not be reached, or the connection broke. Worth another try, unless its certificate is the reason.</summary>
sealed class RegistryConnectionException(ImageReference image, Exception cause) : DiagnosticException(
    cause.InnerException is AuthenticationException ? RegistryErrors.Untrusted(image, cause) : RegistryErrors.Unreachable(image, cause))
{
    public bool IsUntrusted { get; } = cause.InnerException is AuthenticationException;
}
