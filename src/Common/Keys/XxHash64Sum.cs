using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Millrace.Common.Keys;

/// <summary>
/// XXH64 of content that comes in pieces, such as a snapshot on its way through a stream. However the content is cut,
/// the value is that of <see cref="XxHash64.Hash"/> over all of it. Mutable: pass it by reference.
/// </summary>
public struct XxHash64Sum(ulong seed)
{
    private readonly ulong _seed = seed;
    private ulong _a = seed + XxHash64.Prime1 + XxHash64.Prime2;
    private ulong _b = seed + XxHash64.Prime2;
    private ulong _c = seed;
    private ulong _d = seed - XxHash64.Prime1;
    private Stripe _pending;
    private int _pendingLength;

    /// <summary>Seed 0.</summary>
    public XxHash64Sum()
        : this(0)
    {
    }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        Length += data.Length;
        if (_pendingLength > 0)
        {
            Span<byte> pending = _pending;
            int taken = Math.Min(XxHash64.StripeBytes - _pendingLength, data.Length);
            data[..taken].CopyTo(pending[_pendingLength..]);
            _pendingLength += taken;
            data = data[taken..];
            if (_pendingLength < XxHash64.StripeBytes)
            {
                return;
            }

            Take(pending);
            _pendingLength = 0;
        }

        int whole = data.Length - (data.Length % XxHash64.StripeBytes);
        Take(data[..whole]);
        data[whole..].CopyTo(_pending);
        _pendingLength = data.Length - whole;
    }

    /// <summary>The hash of everything so far; more may be appended afterwards.</summary>
    public readonly ulong Value
    {
        get
        {
            ulong hash = Length >= XxHash64.StripeBytes
                ? XxHash64.Converge(_a, _b, _c, _d)
                : _seed + XxHash64.Prime5;
            ReadOnlySpan<byte> pending = _pending;
            return XxHash64.Finish(
                hash + (ulong)Length, ref MemoryMarshal.GetReference(pending), _pendingLength);
        }
    }

    private void Take(ReadOnlySpan<byte> stripes)
    {
        (ulong a, ulong b, ulong c, ulong d) = (_a, _b, _c, _d);
        ref byte at = ref MemoryMarshal.GetReference(stripes);
        for (int left = stripes.Length; left > 0; left -= XxHash64.StripeBytes)
        {
            a = XxHash64.Round(a, XxHash64.Read64(ref at, 0));
            b = XxHash64.Round(b, XxHash64.Read64(ref at, 8));
            c = XxHash64.Round(c, XxHash64.Read64(ref at, 16));
            d = XxHash64.Round(d, XxHash64.Read64(ref at, 24));
            at = ref Unsafe.Add(ref at, XxHash64.StripeBytes);
        }

        (_a, _b, _c, _d) = (a, b, c, d);
    }

    [InlineArray(XxHash64.StripeBytes)]
    private struct Stripe
    {
        private byte _first;
    }
}
