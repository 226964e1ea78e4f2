gs() { # KEY CURL-OPTIONS
  local token
  token=$(curl -sfm9 -H Metadata-Flavor:Google http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token |
    sed 's/.*"access_token": *"\([^"]*\)".*/\1/') || return
  curl -sSfm300 "${@:2}" "https://storage.googleapis.com/${CLUSTERWRIGHT_BUCKET#gs://}/$1" -K - <<<"header = \"Authorization: Bearer $token\""
}
get() { gs "$1" -o "$2"; }
put() { gs "$2" -T "$1"; }
export -f gs
