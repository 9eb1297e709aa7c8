using Millrace.Common.Model;

namespace Millrace.Common.Tests.Model;

public sealed class NamesTests
{
    [TestCase("orders", true)]
    [TestCase("a.b_c-9", true)]
    [TestCase("", false)]
    [TestCase("..", false)]
    [TestCase("Orders", false)]
    [TestCase("a/b", false)]
    [TestCase("ü", false)]
    public void IsValid_GivenAName_FollowsTheRule(string name, bool expected) =>
        Assert.That(Names.IsValid(name), Is.EqualTo(expected));

    [Test]
    public void IsValid_AtTheLengthLimit_AcceptsAndOneMoreRefuses() =>
        Assert.Multiple(() =>
        {
            Assert.That(Names.IsValid(new string('a', Names.MaxLength)), Is.True);
            Assert.That(Names.IsValid(new string('a', Names.MaxLength + 1)), Is.False);
        });
}
