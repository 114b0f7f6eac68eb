using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Environments.Diagnosis;

static class BundleErrors
{
    public static UserError NotEmpty(string folder) => new(ExitCode.Usage, new Diagnostic("DEX3340", $"`{folder}` exists and is not empty")
    {
        Help = "name a new folder; what an earlier diagnosis kept is not written over",
    });
}
