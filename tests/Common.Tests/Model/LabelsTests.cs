using Millrace.Common.Model;

namespace Millrace.Common.Tests.Model;

public sealed class LabelsTests
{
    [TestCase("", "")]
    [TestCase("zone=a", "zone=a")]
    [TestCase(" zone = a , disk=ssd ", "disk=ssd zone=a")]
    [TestCase("gpu=", "gpu=")]
    [TestCase("expr=a=b", "expr=a=b")]
    public void Parse_OfLabels_GivesThemByName(string text, string expected)
    {
        IReadOnlyDictionary<string, string>? labels = Labels.Parse(text);
        Assert.That(string.Join(' ', labels!.Select(l => $"{l.Key}={l.Value}")), Is.EqualTo(expected));
    }

    [TestCase("zone")]
    [TestCase("=a")]
    [TestCase("zone=a,")]
    [TestCase("zone=a,zone=b")]
    public void Parse_OfAnythingElse_Refuses(string text) =>
        Assert.That(Labels.Parse(text), Is.Null);

    [Test]
    public void Parse_BeyondTheLimits_Refuses()
    {
        Assert.That(Labels.Parse(string.Join(',', Enumerable.Range(0, 65).Select(i => $"l{i}="))), Is.Null);
        Assert.That(Labels.Parse("l=" + new string('v', 201)), Is.Null);
    }
}
