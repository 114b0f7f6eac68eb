using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments;

static class EnvironmentErrors
{
    public static UserError BadName(string name, string suggestion) => new(ExitCode.Usage, new Diagnostic("DEX4001", $"`{name}` cannot name an environment")
    {
        Help = $"use at most {InstanceName.Limit} lower-case letters, digits and hyphens, for example `{suggestion}`",
    });

    public static UserError SameId(EnvironmentKey wanted, EnvironmentKey there) => new(ExitCode.Failed, new Diagnostic("DEX4002", $"`{wanted}` and the existing `{there}` have the same id `{there.Id}`")
    {
        Help = "choose another name with --name",
    });

    public static UserError NotFound(EnvironmentKey key, IEnumerable<EnvironmentKey> others)
    {
        var known = string.Join(", ", others.Select(other => $"`{other}`").Order(StringComparer.Ordinal));
        return new UserError(ExitCode.Failed, new Diagnostic("DEX4005", $"there is no environment `{key}`")
        {
            Help = known.Length == 0 ? "`dex up` makes one" : $"there are {known}; `dex up` makes a new one",
        });
    }

    public static UserError NoService(string name, EnvironmentSpec spec) => new(ExitCode.Usage, new Diagnostic("DEX4006", $"`{spec.Key}` has no service `{name}`")
    {
        Help = $"its services are {string.Join(", ", spec.Services.Select(service => $"`{service.Name}`"))}",
    });

    public static UserError NoReadyPod(string service) => new(ExitCode.Failed, new Diagnostic("DEX4007", $"no pod of `{service}` is ready")
    {
        Help = "`dex status` and `dex logs` say why",
    });

    public static UserError NoUrl(EnvironmentSpec spec) => new(ExitCode.Failed, new Diagnostic("DEX4008", $"nothing of `{spec.Key}` is reachable from outside")
    {
        Help = "give a service a `route`, or use `dex forward`",
    });

    public static UserError BadPort(string text) => new(ExitCode.Usage, new Diagnostic("DEX4009", $"`{text}` is not a port")
    {
        Help = "write `8080`, or `9000:8080` to listen on port 9000 here",
    });

    public static UserError PortTaken(int port) => new(ExitCode.Failed, new Diagnostic("DEX4010", $"port {port} of this machine is in use")
    {
        Help = $"choose another one, for example `{port + 1}:PORT`, or `0:PORT` for any free one",
    });

    public static UserError ForceNeedsReason() => new(ExitCode.Usage, new Diagnostic("DEX4260", "`--force-finalizers` and `--reason` go together")
    {
        Help = "say why what the finalizers guard may be left behind, for example `--force-finalizers --reason \"the operator is uninstalled\"`",
    });
}
