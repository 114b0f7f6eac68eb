using System.Text;
using Dex.Yaml;

namespace Dex.Tests.Yaml;

public sealed class YamlEditorTests
{
    [Theory]
    [InlineData("a: 1 # one\nb: 2\n", "a", "5", "a: 5 # one\nb: 2\n")]
    [InlineData("a:\n  b: 1   # why\n  c: 2\n", "a.d", "x", "a:\n  b: 1   # why\n  c: 2\n  d: x\n")]
    [InlineData("a: { b: 1 }\n", "a.c", "[1, 2]", "a: { b: 1, c: [1, 2] }\n")]
    [InlineData("a: {}\n", "a.b.c", "1", "a: { b: { c: 1 } }\n")]
    [InlineData("a: {b: 1}", "a.b", "true", "a: {b: true}")]
    [InlineData("# top\nname: x\n\n# below\n", "services.web.port", "80", "# top\nname: x\nservices:\n  web:\n    port: 80\n\n# below\n")]
    [InlineData("a:\r\n  b: 1\r\n", "a.c", "2", "a:\r\n  b: 1\r\n  c: 2\r\n")]
    [InlineData("a:\n  - x\n  - y\nb: 1\n", "a", "[z]", "a: [z]\nb: 1\n")]
    [InlineData("a: |\n  long\n  text\nb: 1\n", "b", "a: b", "a: |\n  long\n  text\nb: \"a: b\"\n")]
    [InlineData("a: |\n  long\n", "b", "1", "a: |\n  long\nb: 1\n")]
    [InlineData("a: x\n", "a.b", "1", "a: { b: 1 }\n")]
    public void A_value_is_set_and_everything_else_stays(string text, string path, string value, string expected)
    {
        var actual = YamlEditor.Set(YamlParser.Parse("x", Encoding.UTF8.GetBytes(text)), path.Split('.'), value);
        Assert.Equal(expected, actual);
        YamlParser.Parse("x", Encoding.UTF8.GetBytes(actual));
    }
}
