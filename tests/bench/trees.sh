# shellcheck shell=sh disable=SC2154 # the scripts that read it set $tree
# Bare trees of Debian and Ubuntu, and commands in them. Read by scripts that run from the top folder,
# as root; $tree is the tree, and $running the process to kill when the script is interrupted.

# The parts of system $1's archive that are needed.
parts_of() {
    case $1 in
    bookworm | trixie) echo main ;;
    jammy | noble) echo main,universe ;;
    *) return 1 ;;
    esac
}

# debootstrap knows systems that are younger than itself by the script of an older one.
script_of() {
    [ -e "/usr/share/debootstrap/scripts/$1" ] || case $1 in
    jammy | noble) echo gutsy ;;
    *) echo sid ;;
    esac
}

# Makes the bare tree of system $1 in $tree. Only what is signed is taken.
make_tree() {
    # shellcheck disable=SC2046 # one word, or none
    apart debootstrap --variant=minbase --force-check-gpg --components="$(parts_of "$1")" \
        "$1" "$tree" "${MIRROR-}" $(script_of "$1")
}

# Runs the words $* with mounts and processes of their own, which end with them.
apart() {
    unshare --mount --pid --fork --kill-child "$@" </dev/null &
    running=$!
    wait "$running"
}

# Runs the words $* in $tree. Its root is a real one: in a chroot no box can be made.
inside() {
    # shellcheck disable=SC2016 # for the inner shell
    apart sh -c '
        tree=$1 && shift &&
        mount --bind "$tree" "$tree" &&
        mount -t proc proc "$tree/proc" &&
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$tree/dev/pts" &&
        mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm" &&
        cd "$tree" && pivot_root . . && umount -l . &&
        exec env -i --default-signal=INT,QUIT HOME=/root TERM=dumb \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' sh "$tree" "$@"
}
