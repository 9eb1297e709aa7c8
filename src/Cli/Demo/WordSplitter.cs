namespace Millrace.Cli.Demo;

/// <summary>
/// Words as `tr 'A-Z' 'a-z' | tr -cs "a-z'" '\n'` makes them: runs of ASCII letters and apostrophes, in lower case.
/// Bytes of other letters separate.
/// </summary>
internal static class WordSplitter
{
    private static readonly byte[] _letters = Letters();

    /// <summary>Turns the text to lower case in place and returns where its words are.</summary>
    public static List<ReadOnlyMemory<byte>> Split(byte[] text)
    {
        var words = new List<ReadOnlyMemory<byte>>();
        int start = -1;
        for (int i = 0; i < text.Length; i++)
        {
            byte letter = _letters[text[i]];
            if (letter != 0)
            {
                text[i] = letter;
                start = start < 0 ? i : start;
            }
            else if (start >= 0)
            {
                words.Add(text.AsMemory(start, i - start));
                start = -1;
            }
        }

        if (start >= 0)
        {
            words.Add(text.AsMemory(start));
        }

        return words;
    }

    /// <summary>For each byte what it is in a word; 0: it separates words.</summary>
    private static byte[] Letters()
    {
        var letters = new byte[256];
        for (int c = 'a'; c <= 'z'; c++)
        {
            letters[c] = (byte)c;
            letters[char.ToUpperInvariant((char)c)] = (byte)c;
        }

        letters['\''] = (byte)'\'';
        return letters;
    }
}
