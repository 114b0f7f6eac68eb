using Dex.App;
using Dex.Features.Environments;
using Dex.Yaml;

namespace Dex.Features.Deploy;

static class DeployErrors
{
    public static UserError NotDeployed(EnvironmentKey key) => new(ExitCode.Failed, new Diagnostic("DEX4101", $"`{key}` has not been deployed to `{key.Cluster}`")
    {
        Help = $"`dex deploy {key.Name}` deploys it",
    });

    public static UserError UnreadablePlan(string file, string reason) => new(ExitCode.Usage, new Diagnostic("DEX4102", $"`{file}` is no plan: {reason}")
    {
        Help = "make one with `dex diff ENV --out FILE`",
    });

    public static UserError OtherEnvironment(string file, EnvironmentSpec spec) => new(ExitCode.Usage, new Diagnostic("DEX4103", $"`{file}` is a plan for `{spec.Key}` on `{spec.Cluster}`")
    {
        Help = $"deploy it with `dex deploy {spec.Name} --plan {file}`",
    });

    public static UserError NothingToRecreate(string name, IEnumerable<string> objects) => new(ExitCode.Usage, new Diagnostic("DEX4104", $"`--recreate` names `{name}`, which this deploy does not have")
    {
        Help = Suggestion.Nearest(name, objects) is { } near ? $"did you mean `{near}`?" : "objects are named as `dex diff` names them: `Deployment/web`",
    });
}
