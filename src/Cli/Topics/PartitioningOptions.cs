using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Google.Protobuf;
using Millrace.Common.Hosting;
using Millrace.Common.Keys;
using Millrace.Protocol.Admin.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Millrace.Cli.Topics;

/// <summary>The options of `topics create` that say how events find their partitions. The words are those of the
/// admin service's fields.</summary>
internal sealed class PartitioningOptions
{
    /// <summary>1970-01-05, after 1970-01-01.</summary>
    private static readonly TimeSpan FirstMonday = TimeSpan.FromDays(4);

    private static readonly Dictionary<string, HashFunction> _functions = Words<HashFunction>();
    private static readonly Dictionary<string, SpreadPolicy> _policies = Words<SpreadPolicy>();

    private readonly Option<string> _kind = new("--partitioning")
    {
        Description = "How events find their partitions: hash (the default), range-by-time, range-by-key, key or "
            + "spread.",
        HelpName = "KIND",
    };

    private readonly Option<string> _function = new("--hash")
    {
        Description = "Of hash: xxh64 (the default), md5, sha1, murmur2 (as Kafka) or modulo.",
        HelpName = "FUNCTION",
    };

    private readonly Option<string> _points = new("--split-points")
    {
        Description = "Of range-by-key: where ranges start, rising, with commas between; 0x... for bytes in hex.",
        HelpName = "KEYS",
    };

    private readonly Option<string> _policy = new("--spread")
    {
        Description = "Of spread: round-robin (the default), random, weighted-random, smooth-weighted, "
            + "earliest-deadline or least-loaded.",
        HelpName = "POLICY",
    };

    private readonly Option<string> _weights = new("--weights")
    {
        Description = "Of the weighted policies: one number for each partition, with commas between.",
        HelpName = "NUMBERS",
    };

    private readonly Option<string> _range = new("--range")
    {
        Description = "Of range-by-time: hour (the default), day, week (from Monday) or any duration such as 15m.",
        HelpName = "LENGTH",
    };

    private readonly Option<uint> _live = new("--live")
    {
        Description = "Of range-by-time: how many ranges up to the current one take events; 2 when not said.",
        HelpName = "N",
    };

    private readonly Option<uint> _ahead = new("--ahead")
    {
        Description = "Of range-by-time: how many ranges after the current one take events; 0 when not said.",
        HelpName = "N",
    };

    private readonly Option<uint> _kept = new("--kept")
    {
        Description = "Of range-by-time: how many ranges before the live ones are kept; 0 when not said.",
        HelpName = "N",
    };

    private readonly Option<uint> _maxKeys = new("--max-keys")
    {
        Description = "Of key: the most keys that are remembered, to 262,144; 65,536 when not said.",
        HelpName = "N",
    };

    private readonly Option<string> _declared = new("--declare")
    {
        Description = "Of key: where keys belong from the start, as KEY=PARTITION with commas between.",
        HelpName = "KEYS",
    };

    public PartitioningOptions(Command command)
    {
        Option[] all =
        [
            _kind, _function, _points, _policy, _weights, _maxKeys, _declared, _range, _live, _ahead, _kept,
        ];
        Array.ForEach(all, command.Options.Add);
        command.Validators.Add(Check);
    }

    /// <summary>Null: nothing is said, so the coordinator's default holds.</summary>
    public Partitioning? Read(ParseResult arguments)
    {
        string? kind = arguments.GetValue(_kind);
        string? function = arguments.GetValue(_function);
        return kind switch
        {
            null when function is null => null,
            null or "hash" => new() { Hash = new() { Function = _functions[function ?? "xxh64"] } },
            "range-by-time" => new() { RangeByTime = Time(arguments) },
            "range-by-key" => new()
            {
                RangeByKey = new() { SplitPoints = { Split(arguments.GetValue(_points)).Select(Key) } },
            },
            "key" => new()
            {
                Key = new()
                {
                    MaxKeys = arguments.GetValue(_maxKeys),
                    Declared = { Split(arguments.GetValue(_declared)).Select(text => Declared(text)!) },
                },
            },
            _ => new()
            {
                Spread = new()
                {
                    Policy = _policies[arguments.GetValue(_policy) ?? "round-robin"],
                    Weights = { Split(arguments.GetValue(_weights)).Select(Weight) },
                },
            },
        };
    }

    private void Check(CommandResult result)
    {
        string kind = result.GetValue(_kind) ?? "hash";
        (string Kind, Option[] Options)[] kinds =
        [
            ("hash", [_function]),
            ("range-by-time", [_range, _live, _ahead, _kept]),
            ("range-by-key", [_points]),
            ("key", [_maxKeys, _declared]),
            ("spread", [_policy, _weights]),
        ];
        if (kinds.All(k => k.Kind != kind))
        {
            result.AddError($"--partitioning takes {string.Join(", ", kinds.Select(k => k.Kind))}, not \"{kind}\"");
        }

        foreach ((string of, Option[] options) in kinds.Where(k => k.Kind != kind))
        {
            foreach (Option option in options.Where(o => result.GetResult(o) is not null))
            {
                result.AddError($"{option.Name} is of --partitioning {of}");
            }
        }

        CheckWord(result, _function, _functions.Keys);
        CheckWord(result, _policy, _policies.Keys);
        CheckEach(result, _range, text => Length(text) is not null, "hour, day, week or a duration such as 15m");
        CheckEach(result, _points, text => KeyOf(text) is not null, "keys, or 0x and pairs of hexadecimal digits");
        CheckEach(result, _declared, text => Declared(text) is not null, "KEY=PARTITION with commas between");
        CheckEach(result, _weights, text => uint.TryParse(text, out _), "whole numbers with commas between");
    }

    private RangeByTimePartitioning Time(ParseResult arguments)
    {
        string range = arguments.GetValue(_range) ?? "hour";
        return new()
        {
            Range = Duration.FromTimeSpan(Length(range)!.Value),
            Origin = Duration.FromTimeSpan(range == "week" ? FirstMonday : TimeSpan.Zero),
            Live = arguments.GetValue(_live),
            Ahead = arguments.GetValue(_ahead),
            Kept = arguments.GetValue(_kept),
        };
    }

    /// <summary>Null: not one.</summary>
    private static TimeSpan? Length(string text) => text switch
    {
        "hour" => TimeSpan.FromHours(1),
        "day" => TimeSpan.FromDays(1),
        "week" => TimeSpan.FromDays(7),
        _ => Quantity.TryParseDuration(text, out TimeSpan length) ? length : null,
    };

    private static void CheckWord(CommandResult result, Option<string> option, IEnumerable<string> words)
    {
        if (result.GetValue(option) is { } word && !words.Contains(word))
        {
            result.AddError($"{option.Name} takes {string.Join(", ", words)}, not \"{word}\"");
        }
    }

    private static void CheckEach(CommandResult result, Option<string> option, Func<string, bool> good, string what)
    {
        if (Split(result.GetValue(option)).FirstOrDefault(part => !good(part)) is { } bad)
        {
            result.AddError($"{option.Name} takes {what}; \"{bad}\" is not one");
        }
    }

    private static string[] Split(string? list) => string.IsNullOrEmpty(list) ? [] : list.Split(',');

    private static uint Weight(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    private static ByteString Key(string text) => KeyOf(text)!;

    /// <summary>Null: not KEY=PARTITION.</summary>
    private static DeclaredKey? Declared(string text)
    {
        int at = text.LastIndexOf('=');
        return at > 0 && KeyOf(text[..at]) is { } key && uint.TryParse(text[(at + 1)..], out uint index)
            ? new() { Key = key, PartitionIndex = index }
            : null;
    }

    /// <summary>A key as people type it. Null: 0x without good digits.</summary>
    internal static ByteString? KeyOf(string text) =>
        KeyText.Parse(text) is { } key ? ByteString.CopyFrom(key) : null;

    /// <summary>An enumeration's values by the words that people type.</summary>
    internal static Dictionary<string, T> Words<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(v => !v.Equals(default(T))).ToDictionary(Word);

    /// <summary>For example "round-robin" for RoundRobin.</summary>
    internal static string Word<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) =>
            (i > 0 && char.IsUpper(c) ? "-" : "") + char.ToLowerInvariant(c)));
}
