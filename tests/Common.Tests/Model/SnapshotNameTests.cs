using Millrace.Common.Model;

namespace Millrace.Common.Tests.Model;

public sealed class SnapshotNameTests
{
    [Test]
    public void ToString_AnyName_ReadsBackAsItself()
    {
        var name = new SnapshotName(new TaskId(7), new Epoch(12), ulong.MaxValue, 0xC0FFEE);
        Assert.Multiple(() =>
        {
            Assert.That(name.ToString(), Is.EqualTo("t7-e12-p18446744073709551615-0000000000c0ffee"));
            Assert.That(SnapshotName.TryParse(name.ToString(), out SnapshotName read), Is.True);
            Assert.That(read, Is.EqualTo(name));
        });
    }

    [TestCase("")]
    [TestCase("t1-e1-p1")]
    [TestCase("t1-e1-p1-../../etc/passw")]
    [TestCase("../t1-e1-p1-0000000000000000")]
    [TestCase("t01-e1-p1-0000000000000000")]
    [TestCase("t1-e1-p1-0")]
    [TestCase("t1-e1-p1-00000000000000FF")]
    [TestCase("t-1-e1-p1-00000000000000ff")]
    [TestCase("t1-e1-p1-00000000000000ff ")]
    [TestCase("t18446744073709551616-e1-p1-00000000000000ff")]
    public void TryParse_AnythingElse_IsRefused(string text) =>
        Assert.That(SnapshotName.TryParse(text, out _), Is.False);
}
