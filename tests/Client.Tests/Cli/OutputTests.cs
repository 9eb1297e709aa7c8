using Millrace.Cli.Output;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Client.Tests.Cli;

public sealed class OutputTests
{
    [TestCase(0.44, "0.4s")]
    [TestCase(41, "41s")]
    [TestCase(2460, "41m")]
    [TestCase(11_520, "3h12m")]
    [TestCase(187_200, "2d4h")]
    public void Span_OfAnyLength_HasTwoDigitsThatMatter(double seconds, string text) =>
        Assert.That(Humane.Span(TimeSpan.FromSeconds(seconds)), Is.EqualTo(text));

    [TestCase(0UL, "0 B")]
    [TestCase(1023UL, "1023 B")]
    [TestCase(1536UL, "1.5 KiB")]
    [TestCase(250UL << 20, "250 MiB")]
    [TestCase(ulong.MaxValue, "16384 PiB")]
    public void Bytes_OfAnySize_HasAUnit(ulong bytes, string text) =>
        Assert.That(Humane.Bytes(bytes), Is.EqualTo(text));

    [Test]
    public void Word_OfAnEnumValue_IsTheOneOfTheApi() =>
        Assert.That(Humane.Word(AssignmentReason.WorkerJoined), Is.EqualTo("WORKER_JOINED"));

    [Test]
    public void Table_InATerminal_IsPaintedAndStillAligned()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal
        {
            In = TextReader.Null, Out = output, Error = TextWriter.Null, OutHasColour = true,
        };
        var table = new TextTable("A", "B");
        table.Add(new Cell("x[1]", Tone.Good), "y");
        table.WriteTo(terminal, "");
        Assert.That(output.ToString(), Is.EqualTo("A     B\n\u001b[32mx[1]\u001b[0m  y\n"));
    }

    [Test]
    public void ProgressLine_WithoutATerminal_PrintsNothing()
    {
        using var error = new StringWriter();
        var terminal = new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = error };
        using (var progress = new ProgressLine(terminal, "sending", TimeProvider.System))
        {
            progress.Report(0.5, "5 events");
        }

        Assert.That(error.ToString(), Is.Empty);
    }

    [Test]
    public void ProgressLine_InATerminal_IsDrawnAndTakenAway()
    {
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            In = TextReader.Null, Out = TextWriter.Null, Error = error, ErrorIsTerminal = true,
        };
        using (var progress = new ProgressLine(terminal, "sending", TimeProvider.System))
        {
            progress.Report(0.5, "5 events");
        }

        Assert.That(error.ToString(), Does.Contain("##########").And.Contain("5 events").And.EndWith("\r\u001b[2K"));
    }
}
