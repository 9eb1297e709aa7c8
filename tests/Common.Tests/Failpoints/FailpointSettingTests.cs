using Millrace.Common.Failpoints;

namespace Millrace.Common.Tests.Failpoints;

[TestFixture]
internal sealed class FailpointSettingTests
{
    [Test]
    public void ParseAll_Several_ReadsEach()
    {
        FailpointSetting[] settings = FailpointSetting.ParseAll("I4:kill, W2:sleep=500 ,A1:throw@2");

        Assert.That(
            settings.Select(s => (s.Name, s.Action, s.Delay.TotalMilliseconds)),
            Is.EqualTo(new[]
            {
                ("I4", FailpointAction.Kill, 0.0),
                ("W2", FailpointAction.Sleep, 500.0),
                ("A1", FailpointAction.Throw, 0.0),
            }));
    }

    [Test]
    public void IsDue_ThirdHit_OnlyThenTrue()
    {
        FailpointSetting setting = FailpointSetting.ParseAll("I4:kill@3")[0];

        Assert.That(new[] { setting.IsDue(), setting.IsDue(), setting.IsDue(), setting.IsDue() },
            Is.EqualTo(new[] { false, false, true, false }));
    }

    [TestCase("I4")]
    [TestCase("I4:")]
    [TestCase(":kill")]
    [TestCase("I4:sleep")]
    [TestCase("I4:kill=1")]
    [TestCase("I4:kill@x")]
    [TestCase("I4:burn")]
    public void ParseAll_NotASetting_Throws(string text)
    {
        Assert.That(() => FailpointSetting.ParseAll(text), Throws.TypeOf<FormatException>());
    }
}
