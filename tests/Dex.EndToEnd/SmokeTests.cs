namespace Dex.EndToEnd;

public sealed class SmokeTests
{
    [Fact]
    public void The_tests_run_on_the_sdk_of_the_project() => Assert.Equal(10, Environment.Version.Major);
}
