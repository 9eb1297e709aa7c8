namespace Millrace.Cli.Demo;

/// <summary>The words to send, in order. A word never spans two files.</summary>
internal sealed record DemoInput(IReadOnlyList<ReadOnlyMemory<byte>> Words)
{
    public static DemoInput Read(IEnumerable<string> paths)
    {
        var words = new List<ReadOnlyMemory<byte>>();
        foreach (string path in paths)
        {
            words.AddRange(WordSplitter.Split(File.ReadAllBytes(path)));
        }

        return new DemoInput(words);
    }
}
