using Millrace.Common.Hosting;

namespace Millrace.Common.Tests.Hosting;

public sealed class SettingsHelpTests
{
    private static readonly SettingsHelp _help =
        new("millrace thing", "Does it.", [("--twice", "Does it again.")], LogSettings.All);

    [TestCase("--help")]
    [TestCase("-h")]
    [TestCase("-?")]
    public void Answers_Asked_WritesEverySettingWithItsDefaultAndWhatItTakes(string asked)
    {
        var output = new StringWriter();
        Assert.That(_help.Answers(["--Log:Level=debug", asked], output), Is.True);
        string text = output.ToString();
        Assert.That(text, Does.Contain("Usage: millrace thing").And.Contain("--twice").And.Contain("Does it again."));
        Assert.That(
            LogSettings.All.Where(s => !text.Contains($"--{s.Key}={s.DefaultText}\n", StringComparison.Ordinal)
                || !text.Contains(s.Summary, StringComparison.Ordinal)
                || !text.Contains(s.Accepts, StringComparison.Ordinal)),
            Is.Empty);
        Assert.That(text.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(140));
    }

    [Test]
    public void Answers_NotAsked_WritesNothing()
    {
        var output = new StringWriter();
        Assert.That(_help.Answers(["--Log:File", "help"], output), Is.False);
        Assert.That(output.ToString(), Is.Empty);
    }
}
