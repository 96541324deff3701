motion-hint-take = 手に取る
motion-hint-throw = 投げる
motion-hint-put = 置く
motion-not-allowed = ここでは物にさわれません。
motion-taken = ほかの人が手に持っています。
motion-too-far = 遠すぎます。
motion-too-heavy = 片手で持つには重すぎます。
