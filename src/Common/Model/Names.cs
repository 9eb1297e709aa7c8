namespace Millrace.Common.Model;

/// <summary>The one rule for names of topics, jobs, workers and producers.</summary>
public static class Names
{
    public const int MaxLength = 100;

    public const string Rule = "1 to 100 characters of a-z, 0-9, '.', '_' and '-', and not only dots";

    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return false;
        }

        bool onlyDots = true;
        foreach (char c in name)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-'))
            {
                return false;
            }

            onlyDots &= c == '.';
        }

        return !onlyDots;
    }

    /// <summary>Null when the name is good, else a refusal that names the field.</summary>
    public static Refusal? Check(string name, string field) =>
        IsValid(name)
            ? null
            : Refusal.BadField(field, $"{field} is not a valid name: use {Rule}.", "BAD_NAME");
}
