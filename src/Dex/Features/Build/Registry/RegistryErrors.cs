using System.Net;
using Dex.Yaml;

namespace Dex.Features.Build.Registry;

/// <summary>The errors of talking to image registries, DEX2030 to DEX2049; DEX2041 and DEX2042 are in BuildErrors.</summary>
static class RegistryErrors
{
    public static DiagnosticException BadReference(string text) => new(new Diagnostic("DEX2030", $"`{text}` is not the name of an image")
    {
        Help = "a name is `REGISTRY/PATH:TAG` or `REGISTRY/PATH@sha256:…` in lower-case letters, digits, `-`, `_`, `.` and `/`",
    });

    public static DiagnosticException NotSignedIn(ImageReference image, string what) => new(
        new Diagnostic("DEX2031", $"the registry `{image.Registry}` wants to know who you are to {what} `{image.Repository}`")
        {
            Help = $"sign in with `docker login {image.Registry}`, or configure a credential helper for it in ~/.docker/config.json",
        });

    public static DiagnosticException Denied(ImageReference image, string what, string said) => new(
        new Diagnostic("DEX2032", $"you may not {what} `{image.Repository}` in the registry `{image.Registry}`")
        {
            Details = Said(said),
            Help = "ask the registry's owner for the right, or sign in as somebody who has it",
        });

    public static DiagnosticException NotFound(ImageReference image, string said) => new(
        new Diagnostic("DEX2033", $"the registry `{image.Registry}` has no `{image}`")
        {
            Details = Said(said),
            Help = "check the name and the tag; some registries say so for images that you may not see, and some want a repository to be created first",
        });

    public static DiagnosticException Refused(ImageReference image, string what, HttpStatusCode status, string said) => new(
        new Diagnostic("DEX2034", $"the registry `{image.Registry}` refused to {what} `{image.Repository}`: {(int)status} {status}")
        {
            Details = Said(said),
            Help = status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage
                ? "the registry's limit is reached: wait, remove old images, or raise the limit"
                : "see the registry's own words above",
        });

    public static Diagnostic Unreachable(ImageReference image, Exception failure) => new(
        "DEX2035", $"the registry `{image.Registry}` cannot be reached: {Innermost(failure)}")
    {
        Help = "check the name, your network and, behind a proxy, HTTPS_PROXY",
    };

    public static Diagnostic Untrusted(ImageReference image, Exception failure) => new(
        "DEX2036", $"the certificate of the registry `{image.Registry}` is not trusted: {Innermost(failure)}")
    {
        Help = "install the registry's authority on this machine (SSL_CERT_FILE names a file with further authorities)",
    };

    public static DiagnosticException NoPlatform(ImageReference image, string platform, IEnumerable<string> known) => new(
        new Diagnostic("DEX2037", $"the base image `{image}` is not made for {platform}")
        {
            Help = $"it is made for {string.Join(", ", known)}: choose another base, or other platforms",
        });

    public static DiagnosticException NoBase(string workload) => new(
        new Diagnostic("DEX2038", $"nothing says which base image belongs below `{workload}`")
        {
            Help = "add `base: IMAGE` to its build; on the embedded cluster none is needed",
        });

    public static DiagnosticException WrongContent(ImageReference image, string digest) => new(
        new Diagnostic("DEX2039", $"the registry `{image.Registry}` sent something else than `{digest}`")
        {
            Help = "a proxy or cache on the way is broken; try again, and tell the registry's owner",
        });

    public static DiagnosticException Helper(string helper, string registry, string said) => new(
        new Diagnostic("DEX2040", $"the credential helper `{helper}` has no answer for `{registry}`")
        {
            Details = Said(said),
            Help = $"run `echo {registry} | {helper} get` to see why, or sign in again",
        });

    public static DiagnosticException UnknownFormat(ImageReference image, string reason) => new(
        new Diagnostic("DEX2043", $"`{image}` is no image that can be a base: {reason}")
        {
            Help = "name an image in the format of OCI or of Docker's schema 2; most others are pushed anew in it by any recent tool",
        });

    public static DiagnosticException UnreadableConfig(string path, string reason) => new(
        new Diagnostic("DEX2044", $"the credentials in `{path}` cannot be read: {reason}")
        {
            Help = "repair the file, or remove it and sign in again with `docker login`",
        });

    static string[] Said(string text) => string.IsNullOrWhiteSpace(text) ? [] : [text.Length > 500 ? text[..500] : text];

    static string Innermost(Exception failure) => failure.GetBaseException().Message.TrimEnd('.');
}
