using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Millrace.Common.Files;

/// <summary>
/// Pooled memory at an address that the disk can take bytes from without a copy (O_DIRECT). Given back, it is
/// used again: touching fresh memory costs more than filling it.
/// </summary>
public sealed class AlignedBuffer
{
    /// <summary>Address, offset and length of a direct write must all be multiples of the disk's block; no disk in use
    /// has larger ones.</summary>
    public const int Alignment = 4096;

    private const int SmallestLog = 13;
    private const int LargestLog = 23;

    /// <summary>Of each size, what is kept for later use, in bytes.</summary>
    private const int KeptBytes = 32 << 20;

    private static readonly ConcurrentStack<AlignedBuffer>[] _free =
    [
        .. Enumerable.Range(SmallestLog, LargestLog - SmallestLog + 1)
            .Select(_ => new ConcurrentStack<AlignedBuffer>()),
    ];

    private static readonly int[] _freeCounts = new int[_free.Length];

    private readonly byte[] _array;
    private readonly int _start;
    private readonly int _sizeClass;

    private AlignedBuffer(int capacity, int sizeClass)
    {
        _array = GC.AllocateUninitializedArray<byte>(capacity + Alignment, pinned: true);
        _start = (int)(-(long)AddressOf(_array) & (Alignment - 1));
        _sizeClass = sizeClass;
    }

    /// <summary>Address, offset and length are such that a direct write takes them.</summary>
    public static unsafe bool IsAligned(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return (((long)start | offset | (long)bytes.Length) & (Alignment - 1)) == 0;
        }
    }

    /// <summary>At least this many bytes, of any content.</summary>
    public static AlignedBuffer Rent(int length)
    {
        int log = Math.Max(SmallestLog, BitOperations.Log2((uint)Math.Max(length - 1, 1)) + 1);
        if (log > LargestLog)
        {
            return new AlignedBuffer(length, -1);
        }

        int sizeClass = log - SmallestLog;
        if (_free[sizeClass].TryPop(out AlignedBuffer? free))
        {
            Interlocked.Decrement(ref _freeCounts[sizeClass]);
            return free;
        }

        return new AlignedBuffer(1 << log, sizeClass);
    }

    public Memory<byte> Slice(int start, int length) => _array.AsMemory(_start + start, length);

    public Span<byte> Span(int length) => _array.AsSpan(_start, length);

    /// <summary>Must not be used after.</summary>
    public void Return()
    {
        if (_sizeClass < 0)
        {
            return;
        }

        if (Interlocked.Increment(ref _freeCounts[_sizeClass]) <= KeptBytes >> (_sizeClass + SmallestLog))
        {
            _free[_sizeClass].Push(this);
        }
        else
        {
            Interlocked.Decrement(ref _freeCounts[_sizeClass]);
        }
    }

    private static unsafe nint AddressOf(byte[] pinned) =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
